"""How well leaks are told from what looks like them: the relay beside a threshold and a ``predict_linear`` rule.

``python -m bench.leaks`` draws every family with seeds of its own, shows each series to each detector, and prints the
tables. ``--seeds N`` and ``--first SEED`` choose others; the detector was made on seeds below 3,000, which are not shown by default.
``--ours`` leaves out the other detectors, which take most of the time.
``--real FOLDER`` runs processes of the GameShelf API instead, four at a time, and keeps their samples in the folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path

from bench import _leaks_real, _leaks_suspects
from bench._leaks_apart import APART, drawn_apart
from bench._leaks_families import FAMILIES, drawn
from bench._leaks_scoring import Outcome, Score, watched
from bench._leaks_strange import STRANGE, drawn_strange
from bench._leaks_unseen import UNSEEN, drawn_unseen
from bench._leaks_watchers import WATCHERS

OURS = "relay, leak"
SETS = ((FAMILIES, drawn), (UNSEEN, drawn_unseen), (STRANGE, drawn_strange), (APART, drawn_apart))
Results = list[dict[str, Outcome]]


def outcomes(named: tuple[str, int], watchers: tuple[str, ...] = tuple(WATCHERS)) -> dict[str, Outcome]:
    """Draw one series and show it to every one of these detectors."""
    family, seed = named
    draw = next(draw for families, draw in SETS if family in families)
    series = draw(family, seed)
    return {name: watched(series, WATCHERS[name](series.limit_mb)) for name in watchers}


def table(title: str, results: Results) -> None:
    """Print a row for each detector."""
    print(
        f"\n{title}: {sum(1 for each in results if each[OURS].is_leak)} leaks, {sum(1 for each in results if not each[OURS].is_leak)} others"
    )
    print(
        f"{'detector':<33}{'P':>6}{'R':>6}{'F1':>6}{'false':>6}{'room used':>14}{'delay h':>8}"
        f"{'end err':>8}{'at half':>8}{'in 95%':>7}{'KB err':>7}{'µs':>7}{'bytes':>8}"
    )
    for name in results[0]:
        score = Score([each[name] for each in results])
        print(
            f"{name:<33}{score.precision:>6.3f}{score.recall:>6.3f}{score.f1:>6.3f}{score.false:>6}"
            f"{score.middle('headroom'):>7.2f} /{score.quantile('headroom', 0.9):>5.2f}"
            f"{score.middle('delay') / 3600:>8.1f}{score.middle('end_error'):>8.2f}"
            f"{score.middle('half_way_error'):>8.2f}{score.covered():>7.2f}{score.middle('kb_error'):>7.3f}"
            f"{score.mean_microseconds():>7.1f}{max(each.bytes for each in score.outcomes):>8}"
        )


def by_family(results: Results) -> None:
    """Print what the relay makes of each family."""
    print(
        f"\n{OURS}, by family\n{'family':<26}{'found':>9}{'false':>7}{'room used':>11}{'end err':>9}{'KB err':>8}"
    )
    for family in dict.fromkeys(each[OURS].family for each in results):
        score = Score([each[OURS] for each in results if each[OURS].family == family])
        found = f"{score.true}/{score.leaks}" if score.leaks else "-"
        print(
            f"{family:<26}{found:>9}{score.false:>7}{score.middle('headroom'):>11.2f}"
            f"{score.middle('end_error'):>9.2f}{score.middle('kb_error'):>8.3f}"
        )


def chosen(results: Results, families: Iterable[str]) -> Results:
    """Return the results of some families."""
    names = set(families)
    return [each for each in results if each[OURS].family in names]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="series a family (8)")
    parser.add_argument("--first", type=int, default=5_000, help="the first seed (5000)")
    parser.add_argument(
        "--real", type=Path, metavar="FOLDER", help="real processes, recorded into the folder"
    )
    parser.add_argument("--ours", action="store_true", help="only the relay's detector, and in one process")
    parser.add_argument("--seconds", type=float, default=100.0, help="of each real process (100)")
    asked = parser.parse_args()
    if asked.real:
        _leaks_real.table(asked.real, asked.seconds)
        return
    seeds = range(asked.first, asked.first + asked.seeds)
    named = [(family, seed) for family in (*FAMILIES, *UNSEEN, *STRANGE, *APART) for seed in seeds]
    if asked.ours:
        results = [outcomes(each, (OURS,)) for each in named]
    else:
        with Pool(2) as pool:
            results = pool.map(outcomes, named, chunksize=4)
    known = chosen(results, FAMILIES)
    table("core families", [each for each in known if not each[OURS].ambiguous])
    table(
        "linear until a bound appears: not to be told apart before it",
        [each for each in known if each[OURS].ambiguous],
    )
    table("shapes nobody designed for (other seeds helped to choose the gates)", chosen(results, UNSEEN))
    table("stranger shapes (other seeds helped to choose the gates)", chosen(results, STRANGE))
    table("shapes kept apart (never used to change the detector)", chosen(results, APART))
    table("out of memory within 3 to 20 minutes", chosen(results, ["leak_flash"]))
    by_family(results)
    _leaks_suspects.table(16)


if __name__ == "__main__":
    main()
