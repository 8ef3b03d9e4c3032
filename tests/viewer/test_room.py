"""A room keeps the newest messages, and never more than it may."""

import threading
from datetime import UTC, datetime

from viewer.room import MOST_BODIES_OF_ONE, MOST_BYTES, MOST_MESSAGES, Received, Room

AT = datetime(2026, 11, 23, tzinfo=UTC)


def call(size: int = 1) -> Received:
    return Received("POST", "/", AT, {}, size)


def test_the_oldest_message_leaves_first() -> None:
    """By number."""
    room = Room()
    for _ in range(MOST_MESSAGES + 3):
        room.post(call(), {})
    assert [message.id for message in room.messages()][:2] == ["4", "5"]
    assert len(room.messages()) == MOST_MESSAGES


def test_large_messages_leave_sooner() -> None:
    """By what came over the wire; the newest stays whatever its size."""
    room = Room()
    for _ in range(5):
        room.post(call(MOST_BYTES // 2), {})
    assert [message.id for message in room.messages()] == ["4", "5"]
    room.post(call(MOST_BYTES * 2), {})
    assert [message.id for message in room.messages()] == ["6"]


def test_a_message_keeps_its_last_bodies() -> None:
    """A sender that edits for ever fills no memory."""
    room = Room()
    id = room.post(call(), {}).id
    for number in range(MOST_BODIES_OF_ONE + 5):
        room.edit(id, call(), {"content": str(number)})
    [message] = room.messages()
    assert len(message.received) == MOST_BODIES_OF_ONE
    assert message.body == {"content": str(MOST_BODIES_OF_ONE + 4)}


def test_every_post_has_an_id_of_its_own() -> None:
    """Also when several threads post at once."""
    room = Room()

    def post() -> None:
        for _ in range(50):
            room.post(call(), {})

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({message.id for message in room.messages()}) == 400
    assert room.version == 400


def test_a_deleted_message_is_changed_no_more() -> None:
    """Also when the edit was on its way as it was deleted."""
    room = Room()
    id = room.post(call(), {"content": "a"}).id
    assert room.delete(id, call()) is not None
    assert room.edit(id, call(), {"content": "b"}) is None
    assert room.delete(id, call()) is None
    assert room.find(id) is None
    assert [message.body for message in room.messages()] == [{"content": "a"}]
