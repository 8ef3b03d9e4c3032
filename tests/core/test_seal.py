"""A sealed address opens one picture until it expires, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.seal import LASTS, Seal, Shown, expiry, seal_of
from relay.core.text import Language
from tests.building import HOUR, MINUTE, NOON, SECOND

SHOWN = Shown("0123456789abcdef" * 2, 7, Language.FRENCH, NOON + HOUR)
SEAL = Seal(b"a key")
PATH = SEAL.path(SHOWN)


def test_an_address_opens_what_it_was_made_for_until_it_expires() -> None:
    assert SEAL.opened(PATH, NOON) == SHOWN
    assert SEAL.opened(PATH, SHOWN.expires_at - SECOND) == SHOWN
    assert SEAL.opened(PATH, SHOWN.expires_at) is None


@pytest.mark.parametrize(
    "changed",
    [
        replace(SHOWN, incident_id="f" * 32),
        replace(SHOWN, sequence=8),
        replace(SHOWN, language=Language.ENGLISH),
        replace(SHOWN, expires_at=SHOWN.expires_at + SECOND),
    ],
)
def test_the_signature_of_one_picture_opens_no_other(changed: Shown) -> None:
    """Each part is signed: an incident, a change, a language, a time."""
    other = SEAL.path(changed)
    assert other != PATH
    assert SEAL.opened(other.rpartition("-")[0] + "-" + PATH.rpartition("-")[2], NOON) is None


@given(st.integers(0, len(PATH) - 1), st.characters(codec="utf-8"))
def test_an_address_with_one_other_character_opens_nothing_else(place: int, character: str) -> None:
    """Wherever it is; a zero before a number is none of ours either way."""
    changed = PATH[:place] + character + PATH[place + 1 :]
    assert SEAL.opened(changed, NOON) == (SHOWN if changed == PATH else None)


@given(st.text())
def test_any_path_is_answered(path: str) -> None:
    assert SEAL.opened(path, NOON) is None
    assert SEAL.opened(f"/charts/{path}", NOON) is None


def test_another_key_opens_nothing() -> None:
    assert Seal(b"another key").opened(PATH, NOON) is None


def test_every_process_with_the_same_secrets_has_the_same_seal() -> None:
    """In whatever order they are configured; without any there is none."""
    one, other = seal_of(["https://a/1", "https://b/2"]), seal_of(["https://b/2", "https://a/1"])
    assert one is not None
    assert other is not None
    assert other.opened(one.path(SHOWN), NOON) == SHOWN
    changed = seal_of(["https://a/1", "https://b/3"])
    assert changed is not None
    assert changed.opened(one.path(SHOWN), NOON) is None
    assert seal_of([]) is None


def test_a_message_that_is_repeated_has_the_same_address() -> None:
    """Within the hour; and it lasts for what was promised."""
    assert expiry(NOON + MINUTE) == expiry(NOON + 50 * MINUTE)
    assert timedelta(0) < expiry(NOON) - NOON - LASTS <= HOUR
