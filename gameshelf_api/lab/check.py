"""The document's validation list, walked: what a program can see is seen, what only a person knows is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gameshelf_api.lab import readings, table
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.readings import CPU, MEMORY, MemorySource, ReadingError
from gameshelf_api.lab.statistics import correlation
from gameshelf_api.lab.table import MB, Row
from gameshelf_api.lab.texts import Texts

POPULAR_COUNT = 'gameshelf_http_requests_total{method="GET",route="/popular",status="200"}'
NEEDED_REQUESTS = 100
NEEDED_HISTORY = 50
NEEDED_BYTES = 20 * 1024
NEEDED_CORRELATION = 0.9

# The questions for a person, with the answers that are right, in small letters.
QUESTIONS: Mapping[str, frozenset[str]] = {
    "grafana": frozenset({"yes", "y", "oui", "o"}),
    "bug": frozenset({"leakycache"}),
    "alerts": frozenset({"85", "85%", "85 %"}),
}
# A person's answer to a question, or None where nobody can be asked.
Ask = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list."""

    title: str
    holds: bool
    seen: str


def walk(client: Client, memory: MemorySource, ask: Ask, texts: Texts) -> tuple[Sequence[Step], str | None]:
    """Walk the list; return its steps, and the flag when every one of them holds.

    Provokes the leak anew, by a hundred requests, to see memory grow and go with them.
    """
    walker = _Walk(client, memory, ask, texts)
    steps = [
        walker.asked("grafana"),
        walker.seen("metrics", walker.metrics),
        walker.seen("leaky", walker.leaky),
        walker.seen("traffic", walker.traffic),
        walker.seen("growth", walker.growth),
        walker.seen("correlation", walker.correlation),
        walker.asked("bug"),
        walker.asked("alerts"),
        walker.seen("flag", walker.flag),
    ]
    return steps, walker.found_flag if all(step.holds for step in steps) else None


def lines(steps: Sequence[Step], flag: str | None, texts: Texts) -> list[str]:
    """Return the list as text, and the flag or what is missing."""
    told = [f"[{'x' if step.holds else ' '}] {step.title}: {step.seen}" for step in steps]
    if flag is not None:
        return [*told, "", texts.say("flag", flag=flag)]
    return [*told, "", texts.say("flag_held", open=sum(not step.holds for step in steps))]


class _Walk:
    def __init__(self, client: Client, memory: MemorySource, ask: Ask, texts: Texts) -> None:
        self._client, self._memory, self._ask, self._texts = client, memory, ask, texts
        self._rows: Sequence[Row] = ()
        self.found_flag = ""

    def seen(self, key: str, look: Callable[[], tuple[bool, str]]) -> Step:
        try:
            holds, seen = look()
        except ReadingError as error:
            holds, seen = False, self._texts.say("unreadable", reason=error)
        return Step(self._texts.say(f"step_{key}"), holds, seen)

    def asked(self, key: str) -> Step:
        title, answer = self._texts.say(f"step_{key}"), self._ask(key)
        if answer is None:
            return Step(title, False, self._texts.say("answer_none", option=f"--answer {key}=…"))
        right = answer.strip().lower() in QUESTIONS[key]
        told = self._texts.say("answer_right" if right else "answer_wrong", answer=answer.strip()[:40])
        return Step(title, right, told)

    def metrics(self) -> tuple[bool, str]:
        told = readings.metrics(self._client)
        memory, cpu = told.get(MEMORY, 0.0), told.get(CPU, 0.0)
        return memory > 0 and cpu > 0, self._texts.say("seen_metrics", mb=memory / MB, cpu=cpu)

    def leaky(self) -> tuple[bool, str]:
        before = readings.cache(self._client)
        readings.json_of(self._client, "/popular")
        after = readings.cache(self._client)
        if not after.is_leaky:
            return False, self._texts.say("not_leaky")
        grown = after.entries - before.entries
        return grown >= NEEDED_HISTORY, self._texts.say("seen_leaky", grown=grown)

    def traffic(self) -> tuple[bool, str]:
        made = readings.metrics(self._client).get(POPULAR_COUNT, 0.0)
        told = self._texts.say("seen_traffic", requests=made, needed=NEEDED_REQUESTS)
        return made >= NEEDED_REQUESTS, told

    def growth(self) -> tuple[bool, str]:
        self._rows = table.measure(self._client, self._memory, 1)
        first, last = self._rows[0], self._rows[-1]
        told = self._texts.say(
            "seen_growth", start=first.real_bytes / MB, end=last.real_bytes / MB, requests=last.requests
        )
        return table.growth(self._rows).bytes_per_request >= NEEDED_BYTES, told

    def correlation(self) -> tuple[bool, str]:
        counts = [float(row.requests) for row in self._rows]
        r = correlation(counts, [row.real_bytes for row in self._rows])
        told = self._texts.say("seen_correlation", r=r, needed=NEEDED_CORRELATION)
        return r >= NEEDED_CORRELATION, told

    def flag(self) -> tuple[bool, str]:
        told = readings.json_of(self._client, "/flag")
        self.found_flag = str(told.get("flag", ""))
        holds = told.get("database") == "connected" and self.found_flag.startswith("FLAG{")
        return holds, self._texts.say("seen_flag" if holds else "none")
