"""The two kinds of transaction that the rest of the relay sees: one that reads, one that also writes."""

from __future__ import annotations

from relay.store.deployed import DeploymentQueries, DeploymentWrites
from relay.store.first_turns import FirstTurnQueries, FirstTurnWrites
from relay.store.foreseeing import Foreseeing
from relay.store.hindsight import HindsightQueries, HindsightWrites
from relay.store.indexing import IndexWrites
from relay.store.ledger import LedgerQueries, LedgerWrites
from relay.store.retention import RetentionWrites
from relay.store.rollups import RollupQueries, RollupWrites


class ReadTransaction(RollupQueries, HindsightQueries, DeploymentQueries, FirstTurnQueries, LedgerQueries):
    """What a page gets: it can't change anything."""


class Transaction(
    RetentionWrites,
    IndexWrites,
    RollupWrites,
    HindsightWrites,
    DeploymentWrites,
    FirstTurnWrites,
    LedgerWrites,
    Foreseeing,
    ReadTransaction,
):
    """What a step gets: all that it does becomes durable together, or none of it."""
