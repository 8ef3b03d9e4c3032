"""One exchange over real sockets: bounded in time and size whatever the far end does, and silent about addresses."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.exchange import Answer, Exchange, ExchangeError, Obstacle, Request, Trouble
from tests.far_end import (
    HEAD,
    Answering,
    closed_port,
    dripping,
    endless,
    far_end,
    page,
    request_of,
    resetting,
    says,
    silent,
)

SECRET = "s3cr3t"


async def sent(exchange: Exchange, url: str, **changes: object) -> Answer | ExchangeError:
    """Send one request; an error is a result here."""
    request = Request(
        **{"method": "GET", "url": url, "deadline": timedelta(seconds=1), "headers": {}, **changes}
    )  # type: ignore[arg-type]
    try:
        return await exchange.send(request)
    except ExchangeError as error:
        return error


def exchanged(answering: Answering, **changes: object) -> Answer | ExchangeError:
    """Send one request to a far end that answers so."""

    async def run() -> Answer | ExchangeError:
        exchange = Exchange()
        try:
            async with far_end(answering) as port:
                return await sent(exchange, f"http://127.0.0.1:{port}/{SECRET}?{SECRET}", **changes)
        finally:
            await exchange.close()

    return asyncio.run(run())


def addressed(url: str, **changes: object) -> Answer | ExchangeError:
    """Send one request to an address."""

    async def run() -> Answer | ExchangeError:
        exchange = Exchange()
        try:
            return await sent(exchange, url, **changes)
        finally:
            await exchange.close()

    return asyncio.run(run())


def trouble(outcome: Answer | ExchangeError) -> Trouble:
    assert isinstance(outcome, ExchangeError)
    assert SECRET not in f"{outcome!r} {outcome}"
    return outcome.trouble


def test_an_answer_is_whole():
    answer = exchanged(page(b"hello", 418, X_Name="Value"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["x-name"]) == (418, b"hello", "Value")
    assert timedelta(0) < answer.took < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("answering", "expected"),
    [
        pytest.param(silent, Trouble.TIMEOUT, id="silent"),
        pytest.param(dripping(HEAD + b"content-length: 100\r\n\r\n"), Trouble.TIMEOUT, id="dripping body"),
        pytest.param(dripping(b"HTTP/1.1 200 "), Trouble.TIMEOUT, id="dripping head"),
        pytest.param(dripping(b""), Trouble.UNREADABLE, id="dripping garbage"),
        pytest.param(dripping(HEAD + b"x: "), Trouble.TIMEOUT, id="dripping header"),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Trouble.UNREADABLE, id="endless 100"),
        pytest.param(resetting, Trouble.BROKEN, id="reset"),
        pytest.param(says(), Trouble.BROKEN, id="closed at once"),
        pytest.param(says(HEAD + b"content-length: 100\r\n\r\nhalf"), Trouble.BROKEN, id="half a body"),
        pytest.param(
            says(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhel"), Trouble.BROKEN, id="half a chunk"
        ),
        pytest.param(says(HEAD + b"x: y"), Trouble.BROKEN, id="half a head"),
        pytest.param(endless(HEAD + b"\r\n", b"x" * 65_536), Trouble.TOO_LARGE, id="endless"),
        pytest.param(
            endless(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5_000),
            Trouble.UNREADABLE,
            id="endless tiny chunks",
        ),
        pytest.param(
            endless(HEAD + b"content-length: 99999999999\r\n\r\n", b"x" * 65_536),
            Trouble.TOO_LARGE,
            id="huge",
        ),
        pytest.param(
            page(gzip.compress(bytes(10**7)), content_encoding="gzip"), Trouble.UNREADABLE, id="gzip"
        ),
        pytest.param(page(b"", content_encoding="GZip"), Trouble.UNREADABLE, id="other case"),
        pytest.param(
            says(HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"), Trouble.UNREADABLE, id="huge header"
        ),
        pytest.param(endless(HEAD, b"x: y\r\n" * 1_000), Trouble.UNREADABLE, id="endless headers"),
        pytest.param(says(b"\x00\xff\x13" * 99), Trouble.UNREADABLE, id="random bytes"),
        pytest.param(says(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), Trouble.UNREADABLE, id="another protocol"),
        pytest.param(says(HEAD + b"content-length: x\r\n\r\n"), Trouble.UNREADABLE, id="no length"),
        pytest.param(
            says(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n"), Trouble.UNREADABLE, id="no chunk"
        ),
    ],
)
def test_what_a_far_end_may_do(answering, expected):
    """The deadline is one second, however it is spent."""
    began = monotonic()
    outcome = exchanged(answering)
    assert trouble(outcome) is expected
    assert isinstance(outcome, ExchangeError)
    assert outcome.sent
    assert monotonic() - began < 3


@pytest.mark.parametrize("location", ["/elsewhere", "http://[::1", "http://\x80", "//", "x:y", ""])
def test_a_redirect_is_an_answer_and_never_followed(location):
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await request_of(reader))
        head = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: " + location.encode() + b"\r\n\r\n"
        writer.write(head)
        await writer.drain()

    outcome = exchanged(answer)
    assert len(asked) == 1
    assert isinstance(outcome, Answer)
    assert outcome.status == 302


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"http://127.0.0.1:{closed_port()}/{SECRET}", {Obstacle.REFUSED}),
        # Where no resolver answers at all, there is no reply in time.
        (f"http://user:{SECRET}@no-such-host.invalid/", {Obstacle.NAME, Obstacle.SILENT}),
    ],
)
def test_why_there_is_no_connection(url, expected):
    outcome = addressed(url, deadline=timedelta(seconds=5))
    assert trouble(outcome) is Trouble.UNREACHABLE
    assert isinstance(outcome, ExchangeError)
    assert outcome.obstacle in expected
    assert not outcome.sent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        f"ftp://{SECRET}/",
        f"http:///{SECRET}",
        f"http://127.0.0.1:99999/{SECRET}",
        f"http://127.0.0.1:0/{SECRET}",
        f"http://127.0.0.1:x/{SECRET}",
        f"http://[::1/{SECRET}",
        f"http://\x00{SECRET}/",
        "http://" + "x" * 70_000 + "/",
    ],
)
def test_an_address_that_cannot_be_used(url):
    assert trouble(addressed(url)) in {Trouble.ADDRESS, Trouble.UNREACHABLE}


@pytest.mark.parametrize("header", [{"authorization": f"{SECRET}\r\nx: y"}, {"x": f"{SECRET}\u6f22"}])
def test_a_header_that_cannot_be_sent_is_not_sent(header):
    assert trouble(exchanged(page(b"hello"), headers=header)) is Trouble.ADDRESS


def test_the_cap_is_exact():
    assert isinstance(exchanged(page(b"x" * 100), cap=100), Answer)
    assert trouble(exchanged(page(b"x" * 101), cap=100)) is Trouble.TOO_LARGE


@pytest.mark.parametrize(
    "answering",
    [page(b"x" * 10**6), endless(HEAD + b"\r\n", b"x" * 10**5), page(b"x" * 100, content_encoding="br")],
)
def test_a_partial_answer_is_cut_and_taken_as_it_is(answering):
    answer = exchanged(answering, cap=100, partial=True)
    assert isinstance(answer, Answer)
    assert answer.body == b"x" * 100


def test_a_user_in_the_address_is_sent_as_one():
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        await writer.drain()

    async def run() -> None:
        exchange = Exchange()
        async with far_end(answer) as port:
            await sent(exchange, f"http://user:pass@127.0.0.1:{port}/")
        await exchange.close()

    asyncio.run(run())
    assert b"\r\nauthorization: Basic dXNlcjpwYXNz\r\n" in heads[0]


def test_cookies_are_not_kept():
    """A far end can set a new one at each read, and would fill the memory."""
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(HEAD + b"content-length: 0\r\nset-cookie: a=b; path=/\r\n\r\n")
        await writer.drain()

    async def run() -> None:
        exchange = Exchange()
        async with far_end(answer) as port:
            for _ in range(2):
                assert isinstance(await sent(exchange, f"http://127.0.0.1:{port}/"), Answer)
        await exchange.close()

    asyncio.run(run())
    assert b"cookie" not in heads[1].lower()


def test_hung_far_ends_do_not_delay_another():
    """Sixty of them, each for its whole deadline."""

    async def run() -> timedelta:
        exchange = Exchange()
        async with far_end(silent) as hung, far_end(page(b"hello")) as well:
            stuck = [
                asyncio.create_task(
                    sent(exchange, f"http://127.0.0.1:{hung}/", deadline=timedelta(seconds=20))
                )
                for _ in range(60)
            ]
            await asyncio.sleep(0.3)
            answer = await sent(exchange, f"http://127.0.0.1:{well}/", deadline=timedelta(seconds=5))
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        await exchange.close()
        assert isinstance(answer, Answer)
        return answer.took

    assert asyncio.run(run()) < timedelta(seconds=2)


def counted(answers: list[bytes | None]) -> tuple[Answering, list[int]]:
    """Answer on each connection with these in turn and note the number of answers given; None hangs up instead."""
    connections: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        place = len(connections) - 1
        while True:
            await request_of(reader)
            said = answers[min(connections[place], len(answers) - 1)]
            if said is None:
                return
            connections[place] += 1
            writer.write(said)
            await writer.drain()

    return answer, connections


WHOLE = HEAD + b"content-length: 2\r\n\r\nok"


async def asked(answering: Answering, *methods: str) -> list[Answer | ExchangeError]:
    """Send requests one after another."""
    exchange = Exchange()
    async with far_end(answering) as port:
        outcomes = [await sent(exchange, f"http://127.0.0.1:{port}/", method=method) for method in methods]
    await exchange.close()
    return outcomes


def test_a_connection_is_kept_for_the_next_request():
    answering, connections = counted([WHOLE])
    assert [one.body for one in asyncio.run(asked(answering, "GET", "POST", "GET"))] == [b"ok"] * 3
    assert connections == [3]


def test_a_read_over_a_kept_connection_that_was_closed_is_repeated():
    answering, connections = counted([WHOLE, None])
    assert [one.body for one in asyncio.run(asked(answering, "GET", "GET"))] == [b"ok"] * 2
    assert connections == [1, 1]


def test_a_message_over_a_kept_connection_that_was_closed_is_never_repeated():
    """It may have arrived: who sends it decides."""
    answering, connections = counted([WHOLE, None])
    first, second = asyncio.run(asked(answering, "POST", "POST"))
    assert isinstance(first, Answer)
    assert trouble(second) is Trouble.BROKEN
    assert isinstance(second, ExchangeError)
    assert second.sent
    assert connections == [1]


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
        (WHOLE + b"and more that nobody asked for", b"ok"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", b""),
    ],
)
def test_a_connection_that_may_not_be_used_again_is_not(said, body):
    answering, connections = counted([said])
    outcomes = asyncio.run(asked(answering, "GET", "GET"))
    assert [one.body for one in outcomes] == [body] * 2
    assert connections == [1, 1]


@pytest.mark.parametrize(
    ("said", "method", "expected"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, "GET", (200, b"ok")),
        (HEAD + b"content-length: 99\r\n\r\n", "HEAD", (200, b"")),
        (b"HTTP/1.1 204 None\r\n\r\n", "GET", (204, b"")),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "GET", (200, b"ok")),
        (HEAD + b"\r\nuntil it closes", "GET", (200, b"until it closes")),
    ],
)
def test_where_an_answer_ends(said, method, expected):
    answer = exchanged(says(said), method=method)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == expected


def test_a_repeated_header_is_joined():
    answer = exchanged(says(HEAD + b"X-A: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n"))
    assert isinstance(answer, Answer)
    assert answer.headers["x-a"] == "1, 2"


def test_what_is_sent_is_written_as_http_wants_it():
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(WHOLE)
        await writer.drain()

    async def run() -> int:
        exchange = Exchange()
        async with far_end(answer) as port:
            url = f"http://127.0.0.1:{port}/a%20b/\u00e9?q=[1]&r=%2F#here"
            await sent(exchange, url, method="POST", content=b"{}", headers={"Accept": "text/plain"})
        await exchange.close()
        return port

    port = asyncio.run(run())
    first, *headers = heads[0].lower().split(b"\r\n")[:-2]
    assert first == b"post /a%20b/%c3%a9?q=[1]&r=%2f http/1.1"
    assert sorted(headers) == [
        b"accept-encoding: identity",
        b"accept: text/plain",
        b"content-length: 2",
        f"host: 127.0.0.1:{port}".encode(),
        b"user-agent: gameshelf-relay",
    ]


def test_the_log_holds_no_address(caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    exchanged(page(b"hello"))
    exchanged(says(b"garbage\r\n\r\n"))
    addressed(f"http://127.0.0.1:{closed_port()}/{SECRET}")
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("http")]


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("with_tls", [True, False])
def test_tls_that_is_not_trusted_is_no_connection(self_signed, with_tls):
    """An unknown certificate, or no TLS at all behind https."""

    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Speak\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    async def run() -> Answer | ExchangeError:
        exchange = Exchange()
        answering, tls = (page(b"hello"), server_tls(self_signed)) if with_tls else (plain, None)
        async with far_end(answering, tls) as port:
            outcome = await sent(exchange, f"https://127.0.0.1:{port}/{SECRET}")
        await exchange.close()
        return outcome

    outcome = asyncio.run(run())
    assert trouble(outcome) is Trouble.UNREACHABLE
    assert isinstance(outcome, ExchangeError)
    assert outcome.obstacle is Obstacle.TLS


def test_tls_that_breaks_in_mid_stream_is_a_broken_connection(self_signed):
    async def spoil(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(HEAD + b"content-length: 100\r\n\r\nhalf")
        await writer.drain()
        # Past the encryption, straight on the wire.
        own = writer.get_extra_info("socket")
        own._sock.send(b"garbage" * 99)
        await asyncio.sleep(5)

    async def run() -> Answer | ExchangeError:
        exchange = Exchange(verify=trusting())
        async with far_end(spoil, server_tls(self_signed)) as port:
            outcome = await sent(exchange, f"https://127.0.0.1:{port}/{SECRET}")
        await exchange.close()
        return outcome

    assert trouble(asyncio.run(run())) is Trouble.BROKEN


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [
                    HEAD,
                    b"\r\n",
                    b"\r\n\r\n",
                    b"content-length: 5\r\n",
                    b"transfer-encoding: chunked\r\n",
                    b"location: http://[\r\n",
                    b"set-cookie: \xff=;expires=x\r\n",
                    b"HTTP/1.1 302 \r\n",
                    b"HTTP/1.1 101 Switching\r\n\r\n",
                    b"content-type: x; charset=\xff\r\n",
                    b"content-encoding: \xff\r\n",
                ]
            ),
        ),
        max_size=8,
    ).map(b"".join)
)
def test_whatever_bytes_come_back_are_an_answer_or_an_error(said):
    async def run() -> None:
        exchange = Exchange()
        async with far_end(says(said)) as port:
            with suppress(ExchangeError):
                await exchange.send(Request("GET", f"http://127.0.0.1:{port}/", timedelta(seconds=2), {}))
        await exchange.close()

    asyncio.run(run())
