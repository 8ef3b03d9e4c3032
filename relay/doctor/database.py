"""A store that is PostgreSQL: whether it answers, has room for the connections, agrees on the time, and who polls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime

from relay.app import backend_of
from relay.config import Config
from relay.doctor.clock import judged
from relay.doctor.finding import Finding, failed, warning, well
from relay.store import StoreUnavailable

STORE, POLLERS = "store", "pollers"
OLDEST = 150_000
# Two for each of the two instances of a deployment.
NEEDED = 4

_FACTS = """select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
    current_setting('max_connections') as most, now() as at,
    to_regclass('relay.targets') is not null as is_made,
    (select rolconnlimit from pg_roles where rolname = current_user) as of_user,
    (select count(*) from pg_stat_activity where usename = current_user) as used"""
_POLLERS = "select count(distinct lease_owner) as number from relay.targets where lease_until > extract(epoch from now())"


def looked_at(config: Config, environment: Mapping[str, str]) -> Sequence[Finding]:
    """Return what there is to say of the database."""
    del environment
    try:
        with closing(backend_of(config).reader()) as connection:
            connection.begin()
            began = datetime.now(UTC)
            [facts] = connection.rows(_FACTS)
            at = began + (datetime.now(UTC) - began) / 2
            pollers = connection.rows(_POLLERS) if facts["is_made"] else []
            connection.rollback()
    except StoreUnavailable as unavailable:
        mend = "check its address (store, or POSTGRESQL_ADDON_URI) and that it runs"
        return [failed(STORE, f"PostgreSQL can't be reached ({unavailable})", mend)]
    return [*_server(facts), judged("the database", facts["at"] - at), _pollers(pollers)]


def _server(facts: Mapping[str, object]) -> Iterator[Finding]:
    version = int(str(facts["version"]))
    if version < OLDEST:
        yield failed(STORE, f"PostgreSQL {version // 10_000} is too old", "use 15 or later")
    if facts["encoding"] != "UTF8":
        yield failed(STORE, f"its encoding is {facts['encoding']}", "make a database with encoding UTF8")
    yield well(STORE, f"PostgreSQL {version // 10_000}.{version % 10_000} outlives every instance")
    most, of_user, used = (int(str(facts[name])) for name in ("most", "of_user", "used"))
    most = of_user if of_user >= 0 else most
    # Ours, which looks, is one of those in use.
    if most - used + 1 < NEEDED:
        mend = "a larger plan, or fewer processes: each takes 2, and a deployment doubles them"
        yield warning(STORE, f"{used} of {most} connections are in use", mend)
    else:
        yield well(STORE, f"{used} of {most} connections are in use; a process takes 2")


def _pollers(rows: Sequence[Mapping[str, object]]) -> Finding:
    if not rows:
        return well(POLLERS, "none yet: the schema is made at the first start")
    return well(POLLERS, f"{rows[0]['number']} at work now; each target is leased to one of them at a time")
