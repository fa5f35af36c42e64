"""The queue that all processes share: uwsgi.queue_push and others, with uWSGI's return values."""

from __future__ import annotations

from typing import Any

from ..here import Functions, Here, refuse_all
from ...state.c_library import WITHOUT_CTYPES
from ...state.ring import Ring
from .cache import data_of

_NAMES = (
    'queue_get queue_last queue_pop queue_pull queue_pull_slot queue_push queue_set queue_slot'
)


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if 'queue' not in here.options:
        return {}
    ring = here.shared.ring
    return refuse_all(_NAMES, WITHOUT_CTYPES) if ring is None else _of(ring)


def _of(ring: Ring) -> Functions:
    def queue_push(message: bytes) -> bool | None:
        """Puts a message behind all others; None where it is empty or too long."""
        return ring.push(data_of(message)) or None

    def queue_pull() -> bytes | None:
        """Takes the oldest message."""
        return ring.pull()

    def queue_pop() -> bytes | None:
        """Takes the newest message."""
        return ring.pop()

    def queue_get(place: int) -> bytes | None:
        """The message at a place."""
        return ring.get(place)

    def queue_set(place: int, message: bytes) -> bool | None:
        """Puts a message at a place; None where it is too long, or there is no such place."""
        return ring.set(place, data_of(message)) or None

    def queue_last(count: int = 0) -> Any:
        """The newest message, or a list of so many, the newest first."""
        return ring.last(count) if count > 0 else ring.last(1)[0]

    def queue_slot() -> int:
        """Where the next push goes."""
        return ring.slots()[0]

    def queue_pull_slot() -> int:
        """Where the next pull takes from."""
        return ring.slots()[1]

    return {
        'queue_push': queue_push,
        'queue_pull': queue_pull,
        'queue_pop': queue_pop,
        'queue_get': queue_get,
        'queue_set': queue_set,
        'queue_last': queue_last,
        'queue_slot': queue_slot,
        'queue_pull_slot': queue_pull_slot,
    }
