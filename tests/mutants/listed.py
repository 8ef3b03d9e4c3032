"""Every mutant."""

from __future__ import annotations

from tests.mutants.of_delivery import DELIVERY
from tests.mutants.of_intake import INTAKE
from tests.mutants.of_stores import STORES

ALL = [*INTAKE, *DELIVERY, *STORES]
