"""Serving: waitress, turned by hand so that a stop finishes what was begun and refuses what is new.

It touches names that waitress keeps private: the version is pinned, and a test holds this module to it.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask
from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

log = logging.getLogger("gameshelf")

THREADS = 8
MAX_BODY = 64 * 1024


def create(app: Flask, host: str, port: int) -> TcpWSGIServer:
    """Bind ``host``, one literal address, and return a server that does not run yet; port 0 takes a free one."""
    return create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        ident="gameshelf",
        asyncore_use_poll=True,
        max_request_body_size=MAX_BODY,
        max_request_header_size=32 * 1024,
        channel_timeout=30,
        connection_limit=200,
        clear_untrusted_proxy_headers=True,
    )


def run(server: TcpWSGIServer, drain_seconds: float) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests that are in hand and return."""
    leaving = _leave_on_signal(server.pull_trigger)
    while not leaving.is_set():
        _turn(server, 1.0)
    log.info("stopping: no new request is taken")
    server.accepting = False
    server.del_channel(server._map)
    server.socket.close()
    give_up_at = time.monotonic() + drain_seconds
    while time.monotonic() < give_up_at and _has_work(server):
        _turn(server, 0.1)
    server.task_dispatcher.shutdown(timeout=1)
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.trigger.close()


def _leave_on_signal(wake: Callable[[], None]) -> threading.Event:
    leaving = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature is Python's
        leaving.set()
        wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    return leaving


def _turn(server: TcpWSGIServer, wait_seconds: float) -> None:
    wasyncore.loop(timeout=wait_seconds, use_poll=True, map=server._map, count=1)


def _has_work(server: TcpWSGIServer) -> bool:
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.request or channel.total_outbufs_len for channel in channels)
