"""Which route leaks: kilobytes a request of each, from memory and the routes' counters.

The rule: a route is named only when the traffic lets it be told apart; else the answer is "cannot tell" with the likeliest.
Levels are fitted, not differences: memory over a life is a start, the total rate's part, and each route's requests times what
one of its requests leaves behind, which is never negative (least squares, and greedily beside it).
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, sqrt

MINUTE = 60.0
# More routes than this are judged by the busiest ones; their requests still count in the total.
MOST_ROUTES = 24
LEAST_BUCKETS = 20
RIDGE = 1e-8
# A name is given to a route that leaks this part in both fits and without which the fit is clearly worse.
NAMED = 0.6
MISSED = 12.0


@dataclass(frozen=True, slots=True)
class Share:
    """One route's part: memory per request with its 95 % interval, and the part of all that leaked."""

    route: str
    per_request: float
    interval: tuple[float, float]
    part: float


@dataclass(frozen=True, slots=True)
class Suspects:
    """The likeliest first, three at most; ``guilty`` is the first's name where it is surely the one."""

    shares: tuple[Share, ...] = ()
    guilty: str | None = None


@dataclass(slots=True)
class Ledger:
    """Running products of memory and counters: O(routes²) a minute, and nothing else is kept.

    Each life is centred on its own means, so that restarts need no reset of what was learned.
    """

    routes: tuple[str, ...]
    buckets: int = 0
    _products: array[float] = field(default_factory=lambda: array("d"))
    _sums: array[float] = field(default_factory=lambda: array("d"))
    _life: int = 0
    _past: array[float] = field(default_factory=lambda: array("d"))
    _last: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Make room: the columns are the routes, the request rate, and memory."""
        width = len(self.routes) + 2
        self._products = array("d", bytes(8 * width * width))
        self._past = array("d", bytes(8 * width * width))
        self._sums = array("d", bytes(8 * width))

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.routes) + 2

    def add(self, at: float, floor: float, counts: Mapping[str, float]) -> None:
        """Take one minute's lowest memory and the routes' counters at its end."""
        values = [counts.get(route, 0.0) for route in self.routes]
        total = sum(values)
        if self._last is not None and total < 0.95 * self._last[1]:
            self.restarted()
        rate = 0.0
        if self._last is not None and at > self._last[0]:
            rate = max(0.0, total - self._last[1]) / (at - self._last[0])
        self._last = (at, total)
        row = [*values, rate, floor]
        if not all(map(isfinite, row)):
            return
        self.buckets += 1
        self._life += 1
        width, products = self.width, self._products
        for i, left in enumerate(row):
            self._sums[i] += left
            for j in range(i, width):
                products[i * width + j] += left * row[j]

    def restarted(self) -> None:
        """Begin a new life; what the old one taught stays."""
        for place, product in enumerate(self._centred()):
            self._past[place] += product
            self._products[place] = 0.0
        self._sums = array("d", bytes(8 * self.width))
        self._life, self._last = 0, None

    def products(self) -> list[list[float]]:
        """Return the centred cross products of all lives, as a full matrix."""
        width = self.width
        flat = [past + now for past, now in zip(self._past, self._centred(), strict=True)]
        return [[flat[min(i, j) * width + max(i, j)] for j in range(width)] for i in range(width)]

    def _centred(self) -> list[float]:
        width, n = self.width, max(1, self._life)
        return [
            self._products[i * width + j] - self._sums[i] * self._sums[j] / n if j >= i else 0.0
            for i in range(width)
            for j in range(width)
        ]


def suspects(ledger: Ledger) -> Suspects:
    """Return who leaks, as far as the traffic tells."""
    if ledger.buckets < LEAST_BUCKETS:
        return Suspects()
    fit = _Fit(ledger.products(), len(ledger.routes), ledger.buckets)
    weights = fit.non_negative(range(len(ledger.routes)))
    parts = fit.parts(weights)
    if not parts:
        return Suspects()
    errors = fit.errors(weights)
    order = sorted(parts, key=parts.__getitem__, reverse=True)[:3]
    shares = tuple(
        Share(
            ledger.routes[i],
            weights[i],
            (max(0.0, weights[i] - 1.96 * errors[i]), weights[i] + 1.96 * errors[i]),
            parts[i],
        )
        for i in order
    )
    first = order[0]
    return Suspects(shares, ledger.routes[first] if _is_sure(fit, parts, first) else None)


def _is_sure(fit: _Fit, parts: Mapping[int, float], first: int) -> bool:
    """Whether both fits name the route and the others can't stand in for it."""
    greedy = fit.parts(fit.greedy())
    others = [i for i in range(fit.routes) if i != first]
    full = fit.residual(fit.non_negative(range(fit.routes)))
    without = fit.residual(fit.non_negative(others))
    # As many degrees of freedom as buckets would overstate it: neighbours in time err alike.
    freedom = max(1.0, fit.buckets / 8)
    worse = (without - full) / max(full / freedom, 1e-12)
    return parts[first] >= NAMED and greedy.get(first, 0.0) >= NAMED and worse >= MISSED


class _Fit:
    """Least squares on products: columns are routes, then the rate, then memory."""

    def __init__(self, products: Sequence[Sequence[float]], routes: int, buckets: int) -> None:
        self.routes, self.buckets = routes, buckets
        self.scale = [sqrt(products[i][i]) or 1.0 for i in range(routes + 2)]
        self.g = [
            [products[i][j] / (self.scale[i] * self.scale[j]) for j in range(routes + 2)]
            for i in range(routes + 2)
        ]
        self.absent = [products[i][i] <= 0 for i in range(routes + 1)]

    def non_negative(self, allowed: Sequence[int]) -> list[float]:
        """Return memory per request of each route (Lawson and Hanson 1974); those that are not allowed get none."""
        y = self.routes + 1
        free = [i for i in (*allowed, self.routes) if not self.absent[i]]
        weights, used = [0.0] * (self.routes + 1), list[int]()
        for _ in range(3 * len(free)):
            pull = {i: self._pull(i, weights) for i in free if i not in used}
            best = max(pull, key=pull.__getitem__, default=None)
            if best is None or pull[best] <= 1e-10:
                break
            used.append(best)
            used = self._stepped(used, weights)
        return [weight * self.scale[y] / self.scale[i] for i, weight in enumerate(weights)]

    def _pull(self, place: int, weights: Sequence[float]) -> float:
        """Return how much a column would still explain."""
        row = self.g[place]
        return row[self.routes + 1] - sum(row[j] * weight for j, weight in enumerate(weights) if weight)

    def _stepped(self, used: list[int], weights: list[float]) -> list[int]:
        """Move the weights to the best of the used columns, leaving out those that would turn negative."""
        while used:
            aim = self._solved(used)
            if min(aim) > 0:
                for i in range(len(weights)):
                    weights[i] = aim[used.index(i)] if i in used else 0.0
                return used
            step = min(
                (weights[i] / (weights[i] - to) for i, to in zip(used, aim, strict=True) if to <= 0),
                default=0.0,
            )
            for i, to in zip(used, aim, strict=True):
                weights[i] += step * (to - weights[i])
            for i in used:
                weights[i] = weights[i] if weights[i] > 1e-12 else 0.0
            used = [i for i in used if weights[i] > 0]
        return used

    def _solved(self, used: Sequence[int]) -> list[float]:
        """Solve the normal equations of some columns by elimination; the ridge keeps them solvable."""
        y = self.routes + 1
        rows = [[self.g[i][j] + (RIDGE if i == j else 0.0) for j in used] + [self.g[i][y]] for i in used]
        size = len(rows)
        for i in range(size):
            for below in rows[i + 1 :]:
                factor = below[i] / rows[i][i]
                for j in range(i, size + 1):
                    below[j] -= factor * rows[i][j]
        found = [0.0] * size
        for i in range(size - 1, -1, -1):
            rest = sum(rows[i][j] * found[j] for j in range(i + 1, size))
            found[i] = (rows[i][size] - rest) / rows[i][i]
        return found

    def greedy(self) -> list[float]:
        """Return the weights when routes are let in one by one while each makes the fit clearly better."""
        chosen: list[int] = []
        best = self.residual(self.non_negative([]))
        while len(chosen) < self.routes:
            left = [i for i in range(self.routes) if i not in chosen and not self.absent[i]]
            if not left:
                break
            tried = {i: self.residual(self.non_negative([*chosen, i])) for i in left}
            nearest = min(tried, key=tried.__getitem__)
            if tried[nearest] > 0.95 * best or len(chosen) == 3:
                break
            chosen.append(nearest)
            best = tried[nearest]
        return self.non_negative(chosen)

    def residual(self, weights: Sequence[float]) -> float:
        """Return the part of memory's variation that is left over."""
        g, y = self.g, self.routes + 1
        w = [weight * self.scale[i] / self.scale[y] for i, weight in enumerate(weights)]
        used = [i for i, weight in enumerate(w) if weight]
        explained = sum(w[i] * (2 * g[i][y] - sum(g[i][j] * w[j] for j in used)) for i in used)
        return max(0.0, g[y][y] - explained)

    def parts(self, weights: Sequence[float]) -> dict[int, float]:
        """Return each route's part of what leaked: its weight times how its counter grew."""
        bytes_ = {i: weights[i] * self.scale[i] for i in range(self.routes) if weights[i] > 0}
        total = sum(bytes_.values())
        return {i: amount / total for i, amount in bytes_.items()} if total > 0 else {}

    def errors(self, weights: Sequence[float]) -> list[float]:
        """Return standard errors, from what each column has of its own; neighbours in time count as one in eight."""
        y = self.routes + 1
        left = self.residual(weights) * self.scale[y] ** 2 / max(1.0, self.buckets / 8)
        return [sqrt(left / max(1e-12, self._own(i))) / self.scale[i] for i in range(self.routes)]

    def _own(self, place: int) -> float:
        """Return the part of a column that no single other column explains."""
        shared = max(
            (self.g[place][j] ** 2 for j in range(self.routes + 1) if j != place and not self.absent[j]),
            default=0.0,
        )
        return 1.0 - min(1.0 - 1e-6, shared)
