"""Text from outside, made visible: nothing that it holds may hide, reorder or imitate what the page says.

The rule: a control character or an override of the writing direction is shown as a mark, never obeyed and never dropped.
"""

from __future__ import annotations

import re

# Line ends and tabs stay. A byte order mark and direction marks are as invisible as overrides are deceptive.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINK = re.compile(r"https?://[!-~]{1,1000}", re.ASCII)


def visible(words: str) -> str:
    """Return ``words`` with every character that can't be seen replaced by a mark.

    >>> visible("a\\x00b\\u202ec\\r\\n")
    'a␀b⟨U+202E⟩c\\n'
    """
    # As nearly all are; line ends and tabs are no printable characters either.
    if words.isascii() and words.isprintable():
        return words
    return _UNSEEN.sub(_mark, words.replace("\r\n", "\n"))


def is_link(words: str) -> bool:
    """Whether ``words`` is the address of a page and nothing else.

    >>> is_link("https://example.org/a?b"), is_link("javascript:alert(1)"), is_link("https://a b")
    (True, False, False)
    """
    return _LINK.fullmatch(words) is not None


def _mark(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return f"⟨U+{code:04X}⟩"
