"""The stack machine: it pushes what a word says, or does what a word does."""

from __future__ import annotations

import re
from urllib.parse import unquote

from mirror.warp10.reading import words
from mirror.warp10.values import Failed, Function, Macro, Mark, Stack, Value
from mirror.warp10.vocabulary import VOCABULARY, Fetching

MOST_STEPS = 100_000
_NUMBER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
_FUNCTION = re.compile(r"(bucketizer|mapper|reducer)\.[\w.-]+")
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "NULL": None}


class Machine:
    """Runs one script."""

    def __init__(self, fetching: Fetching) -> None:
        """Begin with an empty stack; ``fetching`` gives the series and the time."""
        self.stack = Stack()
        self._fetching = fetching
        self._steps = 0

    def run(self, script: str) -> list[Value]:
        """Run a script and return the stack, its top first."""
        self._do(words(script))
        return self.stack.levels[::-1]

    def _do(self, script: tuple[str, ...]) -> None:
        place = 0
        while place < len(script):
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise Failed("the limit of operations was reached")
            if script[place] == "<%":
                end = _end_of_macro(script, place)
                self.stack.push(Macro(script[place + 1 : end]))
                place = end
            else:
                self._one(script[place])
            place += 1

    def _one(self, word: str) -> None:
        stack = self.stack
        if word[0] == "$" and len(word) > 1:
            if word[1:] not in stack.variables:
                raise Failed(f"symbol '{word[1:]}' does not exist")
            stack.push(stack.variables[word[1:]])
        elif word in {"[", "{"}:
            stack.push(Mark(word))
        elif word in _FLOW:
            _FLOW[word](self)
        elif word in VOCABULARY:
            VOCABULARY[word](stack, self._fetching)
        else:
            stack.push(_literal(word))

    def evaluate(self) -> None:
        """Run the macro on the top."""
        macro = self.stack.pop()
        if not isinstance(macro, Macro):
            raise Failed("EVAL expects a macro")
        self._do(macro.words)

    def if_then(self) -> None:
        """Run the macro on the top if what is below it is true; either may be a macro."""
        then, condition = self.stack.pop(), self._condition()
        if condition:
            self.stack.push(then)
            self.evaluate()

    def if_then_else(self) -> None:
        """Run one of two macros."""
        otherwise, then = self.stack.pop(), self.stack.pop()
        self.stack.push(then if self._condition() else otherwise)
        self.evaluate()

    def for_each(self) -> None:
        """Run a macro for each item of a list."""
        macro, items = self.stack.pop(), self.stack.items()
        for item in items:
            self.stack.push(item)
            self.stack.push(macro)
            self.evaluate()

    def list_map(self) -> None:
        """Make a list of what a macro leaves for each item; it is given the item and its place."""
        macro, items = self.stack.pop(), self.stack.items()
        made: list[Value] = []
        for place, item in enumerate(items):
            self.stack.levels += [item, place, macro]
            self.evaluate()
            made.append(self.stack.pop())
        self.stack.push(made)

    def _condition(self) -> bool:
        if isinstance(self.stack.levels[-1] if self.stack.levels else None, Macro):
            self.evaluate()
        return self.stack.pop() is True


_FLOW = {
    "EVAL": Machine.evaluate,
    "IFT": Machine.if_then,
    "IFTE": Machine.if_then_else,
    "FOREACH": Machine.for_each,
    "LMAP": Machine.list_map,
}


def _literal(word: str) -> Value:
    """Return what a word stands for by itself."""
    if word[0] in "'\"":
        # Texts are percent-encoded: "URL encoded UTF-8", as the reference says.
        return unquote(word[1:-1])
    if _NUMBER.fullmatch(word):
        return int(word)
    if _DECIMAL.fullmatch(word):
        return float(word)
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if _FUNCTION.fullmatch(word):
        return Function(word)
    raise Failed(f"Unknown function '{word[:40]}'")


def _end_of_macro(script: tuple[str, ...], start: int) -> int:
    depth = 0
    for place in range(start, len(script)):
        depth += {"<%": 1, "%>": -1}.get(script[place], 0)
        if depth == 0:
            return place
    raise Failed("a macro is not closed")
