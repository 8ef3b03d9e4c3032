"""mrkdwn and markdown: emphasis as the clients draw it, and whatever else as mere text."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer import markdown, mrkdwn
from viewer.spans import html, plain

AT = datetime.fromtimestamp(1700000000, UTC).astimezone()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* _it_ ~gone~ `code`", "<b>bold</b> <i>it</i> <s>gone</s> <code>code</code>"),
        ("*bold _and it_*", "<b>bold <i>and it</i></b>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("a &lt;!channel&gt; &amp;amp;", "a &lt;!channel&gt; &amp;amp;"),
        ("<!channel> <@U1>", "<mark>@channel</mark> <mark>@U1</mark>"),
        (
            "<https://example.org/?a=1&amp;b|page>",
            '<a href="https://example.org/?a=1&amp;b" rel="noopener noreferrer">page</a>',
        ),
        ("<javascript:alert(1)|page>", "page"),
        ('<b onclick="x">', "b onclick=&#34;x&#34;"),
        (":red_circle: :unknown:", "🔴 :unknown:"),
        ("<!date^no^{time}|later>", "<mark>@later</mark>"),
        ("<!date^999999999999999999^{time}|later>", "later"),
    ],
)
def test_mrkdwn(text: str, expected: str) -> None:
    """Slack's own; only three characters are escaped in it."""
    assert html(mrkdwn.parse(text)) == expected


def test_mrkdwn_dates() -> None:
    """A date is told in this machine's zone, and keeps its exact time for the page's script."""
    found = html(mrkdwn.parse("<!date^1700000000^at {date_short_pretty} {time_secs}|then>"))
    assert f">at {AT:%Y-%m-%d %H:%M:%S}</time>" in found
    assert 'datetime="2023-11-14T22:13:20+00:00"' in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** *i* _i_ __u__ ~~s~~ `c`", "<b>b</b> <i>i</i> <i>i</i> <u>u</u> <s>s</s> <code>c</code>"),
        (r"\*not\* \_it\_", "*not* _it_"),
        ("snake_case_name", "snake_case_name"),
        ("```py\n**a**```", "<pre>**a**</pre>"),
        ("@everyone <@123>", "<mark>@everyone</mark> <mark>@123</mark>"),
        (
            "[the *page*](https://example.org/x)",
            '<a href="https://example.org/x" rel="noopener noreferrer">the <i>page</i></a>',
        ),
        ("[p](<https://e.org/x>)", '<a href="https://e.org/x" rel="noopener noreferrer">p</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<script>", "&lt;script&gt;"),
        ("# Memory\nis high", "<b>Memory</b>\nis high"),
        ("-# small", "small"),
    ],
)
def test_markdown(text: str, expected: str) -> None:
    """Discord's own; a backslash escapes."""
    assert html(markdown.parse(text)) == expected


def test_markdown_times() -> None:
    """A relative one is marked, so that the page's script can say how long ago."""
    found = html(markdown.parse("since <t:1700000000:R>"))
    assert 'class="relative"' in found
    assert plain(markdown.parse("<t:1700000000:T>")) == f"{AT:%H:%M:%S}"


MARKS = st.text(alphabet="*_~`<>|[]()!@#^{}:\\-& t1\nab", max_size=80)


@given(MARKS | st.text())
def test_no_text_becomes_a_tag_of_its_own(text: str) -> None:
    """Every ``<`` of the page is one of ours."""
    for parse in (mrkdwn.parse, markdown.parse):
        inside = html(parse(text))
        for tag in inside.split("<")[1:]:
            name = tag.lstrip("/").split(">")[0].split(" ")[0]
            assert name in {"b", "i", "u", "s", "code", "pre", "a", "mark", "time"}


@pytest.mark.parametrize(
    "mark", ["*", "_", "`", "```", "<", "[", "# ", "-# ", "**a", "<a|", "~~", "[a](", "<!date^1^"]
)
def test_hostile_text_takes_no_time(mark: str) -> None:
    """The longest text of nothing but marks is read in one go and not deeper than the stack."""
    started = time.perf_counter()
    for parse in (mrkdwn.parse, markdown.parse):
        html(parse(mark * (40_000 // len(mark))))
    assert time.perf_counter() - started < 5
