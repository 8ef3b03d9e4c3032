"""Words from outside, made fit to keep."""

from hypothesis import given
from hypothesis import strategies as st

from relay.intake.bounds import LABELS, encodable, identifier, line, link, pairs, prose

ANY = st.text(alphabet=st.characters() | st.sampled_from("\x00\ud83d\ude00\udfff\n"), max_size=700) | st.text(
    max_size=5
).map(lambda word: word * 200)


@given(ANY, st.integers(min_value=40, max_value=300))
def test_words_are_bounded_and_encodable(words: str, limit: int) -> None:
    """Whatever comes in."""
    for fit in (prose(words, limit), line(words, limit), identifier(words, limit)):
        assert len(fit) <= limit
        assert "\x00" not in fit
        fit.encode()
    encodable(words).encode()
    assert "\n" not in line(words, limit)


def test_what_fits_is_left_alone() -> None:
    """Only what can't be kept is changed."""
    assert prose("two\nlines, é, 🎲") == "two\nlines, é, 🎲"
    assert identifier("app_7c2e9d04") == "app_7c2e9d04"


def test_escape_sequences_reach_no_terminal() -> None:
    """Events are shown by a command line too."""
    assert "\x1b" not in line("\x1b[2J\x9b31m")


def test_two_long_identifiers_stay_apart() -> None:
    """Cutting must not make one trouble of two."""
    assert identifier("a" * 300 + "b") != identifier("a" * 300 + "c")
    assert len(identifier("a" * 100_000)) == 200


def test_labels_are_bounded_in_number_and_lose_empty_values() -> None:
    """A sender can't fill the store by labels."""
    assert len(pairs((f"n{number}", "x") for number in range(1_000))) == LABELS
    assert pairs([("a", ""), ("", "b"), ("c", " ")]) == ()


def test_a_sender_cannot_use_the_relays_own_label() -> None:
    """``failing_channel`` keeps a channel from being told."""
    assert pairs([("failing_channel", "slack")]) == (("sender_failing_channel", "slack"),)


def test_only_a_whole_web_address_is_a_link() -> None:
    """No scheme that runs anything, and no half an address."""
    assert link("https://grafana.example/d/1?x=1") == "https://grafana.example/d/1?x=1"
    assert link("javascript:alert(1)") == ""
    assert link("https://prometheus.example/" + "x" * 300) == ""
