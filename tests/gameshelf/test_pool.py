"""The pool of connections: few, checked before they are lent, and at rest after a failure."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gameshelf_api.database import Connections, DatabaseError
from gameshelf_api.database.pool import REST_SECONDS, Pool


class Connection:
    """A connection that may die."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = False

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class Server:
    """Opens connections, and refuses while it is away."""

    def __init__(self) -> None:
        self.away = False
        self.opened: list[Connection] = []
        self.attempts = 0

    def connect(self) -> Connection:
        """Open a connection."""
        self.attempts += 1
        if self.away:
            raise ConnectionRefusedError
        self.opened.append(Connection())
        return self.opened[-1]


@pytest.fixture
def server() -> Server:
    """A server that is there."""
    return Server()


@pytest.fixture
def pool(server: Server) -> Pool[Connection]:
    """A pool of two connections to it."""
    return Pool(server.connect, lambda connection: connection.alive, 2)


def test_connections_are_kept_and_never_more_than_the_size(server: Server, pool: Pool[Connection]) -> None:
    """Fifty loans at once, by two connections."""
    most, lock = 0, threading.Lock()

    def borrow(_: int) -> None:
        nonlocal most
        with pool.loan():
            with lock:
                most = max(most, pool.connections().in_use)
            time.sleep(0.002)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(borrow, range(50)))
    assert most == len(server.opened) == 2
    assert pool.connections() == Connections(in_use=0, free=2, waiting=0, maximum=2)


def test_a_dead_connection_is_replaced_before_it_is_lent(server: Server, pool: Pool[Connection]) -> None:
    """The borrower never sees it."""
    with pool.loan() as first:
        first.alive = False
    with pool.loan() as second:
        assert second is not first
    assert first.closed


def test_after_a_failure_nobody_asks_for_a_moment(server: Server, pool: Pool[Connection]) -> None:
    """A hundred requests are one attempt; then the next one tries again and heals."""
    server.away = True
    with pytest.raises(ConnectionRefusedError), pool.loan():
        pass
    for _ in range(100):
        with pytest.raises(DatabaseError, match="a moment ago"), pool.loan():
            pass
    assert server.attempts == 1
    server.away = False
    time.sleep(REST_SECONDS)
    with pool.loan():
        assert pool.connections().in_use == 1


def test_a_failure_is_told_to_those_who_wait_at_once(pool: Pool[Connection]) -> None:
    """They do not wait for their own turn to fail."""
    release = threading.Event()

    def slow_failure() -> Connection:
        release.wait(10)
        raise ConnectionRefusedError

    slow = Pool(slow_failure, lambda _: True, 1)

    def borrow() -> str:
        try:
            with slow.loan():
                return "lent"
        except (ConnectionRefusedError, DatabaseError) as error:
            return type(error).__name__

    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(borrow) for _ in range(4)]
        give_up_at = time.monotonic() + 5
        while slow.connections().waiting < 3 and time.monotonic() < give_up_at:
            time.sleep(0.005)
        started = time.monotonic()
        release.set()
        told = sorted(one.result() for one in waiting)
    assert told == ["ConnectionRefusedError", *["DatabaseError"] * 3]
    assert time.monotonic() - started < 1


def test_a_loan_that_fails_gives_its_connection_back(pool: Pool[Connection]) -> None:
    """Whatever the borrower raises."""
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), pool.loan():
            raise ZeroDivisionError
    assert pool.connections().in_use == 0


def test_closing_closes_what_is_free(server: Server, pool: Pool[Connection]) -> None:
    """All of it."""
    with pool.loan(), pool.loan():
        pass
    pool.close()
    assert [one.closed for one in server.opened] == [True, True]
