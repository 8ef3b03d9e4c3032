"""The threshold table as rules: for each metric of each target at most one row of a name judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.config import kinds
from relay.config.draft import Draft
from relay.config.errors import Place
from relay.config.rows import GAP, THRESHOLD, Row, check, gap, rule, table
from relay.core.rules import Rule
from relay.core.targets import Target


def rules(draft: Draft, targets: Sequence[Target]) -> tuple[Rule, ...]:
    """Return the rules; report what does not fit."""
    rows = table(draft.settings.rules)
    own = {name for settings in draft.settings.targets.values() for name in settings.rules}
    names = [*rows, *sorted(own - rows.keys())]
    return tuple(
        made
        for name in names
        if ("rules", name) not in draft.aside
        for made in _Name(name, rows.get(name), targets, draft).rules()
    )


@dataclass(frozen=True, slots=True)
class _Name:
    """One row's name: the row of the table, if there is one, and the rows of targets."""

    name: str
    row: Row | None
    targets: Sequence[Target]
    draft: Draft

    def rules(self) -> Iterator[Rule]:
        """Yield the rule for all targets, then those for targets that differ."""
        place = ("rules", self.name)
        if self.row is not None and self.row.enabled and not self._checks(self.row, place):
            return
        own = {target.name: row for target in self.targets if (row := self._own(target)) is not None}
        if self.row is not None and self.row.enabled:
            self._check_metric(self.row, place, self.targets)
        if self.row is not None and self.row.enabled and self.row.kind == THRESHOLD:
            unit = self._unit(self.row, [target for target in self.targets if target.name not in own])
            general = rule(self.name, self.row, unit=unit, every=GAP / 3)
            yield replace(general, except_targets=frozenset(own))
        for target in self.targets:
            row = own.get(target.name)
            if row is not None and row.enabled and self._checks(row, self._place(target)):
                self._check_metric(row, self._place(target), [target])
                yield from self._rule(row, target)

    def _rule(self, row: Row, target: Target) -> Iterator[Rule]:
        """Yield the rule for one target, where it takes what the rule judges."""
        unit = self._unit(row, [target])
        if row.kind == THRESHOLD:
            yield rule(self.name, row, unit=unit, every=target.every, target=target.name)
            return
        made = kinds.rule(self.name, row, target)
        if isinstance(made, Rule):
            yield made
        elif made and self.draft.shown(self._place(target)) is not None:
            self.draft.findings.error(self._place(target), made)
        elif made and self.draft.shown(("rules", self.name)) is not None:
            self.draft.findings.warn(("rules", self.name), f"does not judge {target.name}: {made}")

    def _own(self, target: Target) -> Row | None:
        """Return the row that judges this target alone: what it says itself, or the table's with a longer gap."""
        given: Row | None = self.draft.settings.targets[target.name].rules.get(self.name)
        if given is not None:
            return given if self.row is None else given.merged(self.row)
        differs = (
            self.row is not None
            and (gap(target.every) != GAP or self.row.kind != THRESHOLD)
            and _unit(self._metric(self.row), target) is not None
        )
        return self.row if differs else None

    def _checks(self, row: Row, place: Place) -> bool:
        return check(row, place, self.draft.findings, self._shown(row, place))

    def _shown(self, row: Row, place: Place) -> Mapping[str, str]:
        """Return the thresholds as the file writes them, wherever they come from."""
        places = (place, ("rules", self.name))
        return {
            severity.word: next(
                (shown for where in places if (shown := self.draft.shown((*where, severity.word)))),
                f"{value:g}",
            )
            for severity, value in row.thresholds()
        }

    def _check_metric(self, row: Row, place: Place, targets: Sequence[Target]) -> None:
        """Warn of a row that judges nothing, or numbers that are no percentages as if they were."""
        if self.draft.shown(place) is not None and self._unit_of_any(row, targets) is None:
            metric = self._metric(row)
            found = "this target does not take" if len(place) > 2 else "no target takes"
            self.draft.findings.warn(place, f"judges nothing: {found} the metric {metric}")
        for target in targets:
            unit = _unit(self._metric(row), target)
            if unit is not None and unit != "%" and row.unit == "%" and row.kind == THRESHOLD:
                said = "is judged as a percentage; give it percent_of or unit, or the row of the table another unit"
                self.draft.findings.warn(("targets", target.name, "metrics", self._metric(row)), said)

    def _unit(self, row: Row, targets: Sequence[Target]) -> str:
        return self._unit_of_any(row, targets) or ""

    def _unit_of_any(self, row: Row, targets: Sequence[Target]) -> str | None:
        units = (_unit(self._metric(row), target) for target in targets)
        return next((unit for unit in units if unit is not None), None)

    def _metric(self, row: Row) -> str:
        return row.metric or self.name

    def _place(self, target: Target) -> Place:
        return ("targets", target.name, "rules", self.name)


def _unit(metric: str, target: Target) -> str | None:
    """Return the unit of a target's metric, None when the target does not take it."""
    return next((taken.unit for taken in target.metrics if taken.name == metric), None)
