"""Fault points in a process under test, without a switch in the product: Python imports this module by itself at start
where its folder is on PYTHONPATH, and it wraps named functions of the product as their modules are loaded.

``CRASH_ARMED`` names a file. While it exists it says ``point action number mark``: whoever reaches ``point`` for the
``number``-th time kills (``kill``) or stops (``stop``) its own process, once for all processes that share ``mark``.

It also shortens constants of time, so that nobody waits for a lease of 30 s; nothing else changes. A name that is no
longer there is an error at start, not a point that is silently never reached.
"""

import asyncio
import functools
import os
import signal
import sys
import threading
from datetime import timedelta
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder

_group = threading.local()
_reached = {}


def reach(point):
    """Die or stop here, if this is what is armed."""
    try:
        with open(os.environ["CRASH_ARMED"]) as armed:
            content = armed.read()
        wanted, action, number, mark = content.split("|")
    except (KeyError, OSError, ValueError):
        return
    if wanted != point:
        return
    _reached[content] = _reached.get(content, 0) + 1
    if _reached[content] < int(number):
        return
    # Written before it is there: whoever is killed from outside right here leaves no mark without a name.
    own = f"{mark}.{os.getpid()}"
    with open(own, "w") as written:
        written.write(str(os.getpid()))
    try:
        os.link(own, mark)
    except FileExistsError:
        return
    finally:
        os.unlink(own)
    os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


def before(point):
    """Return a decorator: the point lies before the call."""
    return _decorator(lambda: reach(point), lambda _: None)


def after(point):
    """Return a decorator: the point lies after the call."""
    return _decorator(lambda: None, lambda _: reach(point))


def marking(kind):
    """Return a decorator: what its group commits is of this kind, if the step has anything to commit."""

    def mark(result):
        if result or result is None:
            _kinds().add(kind)

    return _decorator(lambda: None, mark)


def committing(function):
    """Wrap a commit: a point before and one after it for each kind in the group."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        kinds = sorted(_kinds())
        for kind in kinds:
            reach(f"{kind}: before the commit")
        function(*args, **kwargs)
        _kinds().clear()
        for kind in kinds:
            reach(f"{kind}: after the commit")

    return wrapped


def beginning(function):
    """Wrap a begin: what a group that failed had in it is forgotten."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        _kinds().clear()
        return function(*args, **kwargs)

    return wrapped


def between(point):
    """Return a decorator for a function that returns a list: the point lies before each of its items."""

    def decorate(function):
        def wrapped(*args, **kwargs):
            for item in function(*args, **kwargs):
                reach(point)
                yield item

        return wrapped

    return decorate


def leaving(point):
    """Return a decorator: the point lies after the loop has written what was handed to it."""

    def decorate(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            result = function(*args, **kwargs)
            asyncio.get_running_loop().call_later(0.002, reach, point)
            return result

        return wrapped

    return decorate


def pace(seconds):
    """Return a decorator of a channel class: it may send this often."""

    def decorate(cls):
        span = timedelta(seconds=seconds)
        defaults = cls.__init__.__defaults__
        cls.__init__.__defaults__ = tuple(span if isinstance(one, timedelta) else one for one in defaults)
        return cls

    return decorate


def constant(value):
    """Return what replaces a constant."""
    return lambda _: value


def _decorator(first, last):
    def decorate(function):
        if asyncio.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapped(*args, **kwargs):
                first()
                result = await function(*args, **kwargs)
                last(result)
                return result
        else:

            @functools.wraps(function)
            def wrapped(*args, **kwargs):
                first()
                result = function(*args, **kwargs)
                last(result)
                return result

        return wrapped

    return decorate


def _kinds():
    if not hasattr(_group, "kinds"):
        _group.kinds = set()
    return _group.kinds


def _seconds(name):
    return timedelta(seconds=float(os.environ.get(name, 0)))


WRAPS = {
    "relay.web.webhooks": {"Webhooks.take": [before("intake: the body is read")]},
    "relay.web.webhook_protocol": {
        "WebhookProtocol._taken": [
            before("intake: before the answer"),
            leaving("intake: the answer has left"),
        ]
    },
    "relay.store.events": {
        "EventWrites.add_receipt": [before("intake: the events are taken, the request is not kept")]
    },
    "relay.store.deliveries": {
        "DeliveryWrites.enqueue": [before("intake: the change is saved, nothing queued")]
    },
    "relay.pipeline.taking": {"take_request": [marking("intake")]},
    "relay.pipeline.polling": {"keep_poll": [marking("poll")]},
    "relay.pipeline.delivering": {
        "claim_due": [marking("claim")],
        "record": [lambda function: _recording(function)],
        # 30 s and 10 s: the ratios and the seconds between them stay large enough for a busy machine.
        "LEASE": [constant(_seconds("CRASH_LEASE"))],
        "DEADLINE": [constant(_seconds("CRASH_DEADLINE"))],
    },
    "relay.pipeline.relay": {
        "_know": [marking("start")],
        "_end": [lambda function: _ending(function)],
        # 5 minutes in which senders may repeat themselves after a start.
        "GRACE": [constant(timedelta(0))],
    },
    # From 5 s to 12 h.
    "relay.core.delivery": {"SCHEDULE": [constant((timedelta(seconds=0.4),) * 9)]},
    "relay.scheduler": {"SWEEP": [constant(timedelta(seconds=0.4))]},
    "relay.channels.slack": {
        "SlackWebhook": [pace(0.05)],
        "SlackWebhook.send": [before("send: before the first byte"), after("send: answered, not recorded")],
    },
    "relay.channels.discord": {
        "Discord": [pace(0.05)],
        "Discord.send": [before("send: before the first byte"), after("send: answered, not recorded")],
        "_Telling.edit": [after("send: between the two calls of one")],
    },
    "relay.store.schema": {"statements": [between("migration: between two statements")]},
    "relay.store.sqlite": {
        "SqliteConnection.begin": [beginning],
        "SqliteConnection.commit": [committing],
        "SqliteBackend.migrate": [after("migration: done")],
    },
    "relay.store.postgres": {
        "PostgresConnection.begin": [beginning],
        "PostgresConnection.commit": [committing],
        "PostgresBackend.migrate": [after("migration: done")],
    },
    "relay.store.writer": {"Writer.stop": [before("stop: within the drain")]},
}


def _recording(function):
    """A record is one whatever it returns."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        _kinds().add("record")
        return function(*args, **kwargs)

    return wrapped


def _ending(function):
    """A sweep that ends nothing is none."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        taken = function(*args, **kwargs)
        if taken.outcomes:
            _kinds().add("sweep")
        return taken

    return wrapped


class _Wrapping(Loader):
    def __init__(self, loader, wraps):
        self._loader, self._wraps = loader, wraps

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        for path, decorators in self._wraps.items():
            *holders, name = path.split(".")
            holder = functools.reduce(getattr, holders, module)
            value = getattr(holder, name)
            for decorate in decorators:
                value = decorate(value)
            setattr(holder, name, value)


class _Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in WRAPS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _Wrapping(spec.loader, WRAPS[name])
        return spec


if "CRASH_LEASE" in os.environ:
    sys.meta_path.insert(0, _Finder())
