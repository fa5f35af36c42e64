"""The queue in shared memory: a ring of places, each with a message or empty.

A push writes at the end and goes on; in a full ring it takes the place of the oldest message. A
pull takes the oldest, a pop the newest. A message has a checksum: one that a killed process has
left half written counts as none.
"""

from __future__ import annotations

from binascii import crc32

from . import c_library
from .guarded import Guard

_WORDS = 8  # END and START, with room for more.
_END, _START = range(2)


def ring_bytes(places: int, blocksize: int) -> int:
    """The memory of a ring, without the head of its lock."""
    return (_WORDS + 2 * places) * 8 + places * blocksize


class Ring:
    """`places` messages of at most `blocksize` bytes."""

    def __init__(
        self, places: int, blocksize: int, head: memoryview, body: memoryview, *, check: bool
    ) -> None:
        """`check`: another instance may have left messages half written."""
        self.places, self.blocksize = places, blocksize
        self._numbers = body[: _WORDS * 8].cast('Q')
        at = _WORDS * 8
        self._sizes = body[at : at + places * 8].cast('Q')
        self._checksums = body[at + places * 8 : at + 2 * places * 8].cast('Q')
        self._data_at = at + 2 * places * 8
        self._view, self._bytes = body, c_library.bytes_of(body)
        self._guard = Guard(head, self._repair)
        if check:
            self._guard.run(self._repair)

    def get(self, place: int) -> bytes | None:
        """The message at a place; None where there is none."""
        return self._guard.run(self._get, place) if 0 <= place < self.places else None

    def set(self, place: int, message: bytes) -> bool:
        """Puts a message at a place; False where it is too long, or there is no such place."""
        if not 0 <= place < self.places or not self._may_hold(message):
            return False
        self._guard.run(self._put, place, message)
        return True

    def push(self, message: bytes) -> bool:
        """Puts a message behind all others; False where it is too long."""
        if not self._may_hold(message):
            return False
        self._guard.run(self._push, message)
        return True

    def pull(self) -> bytes | None:
        """Takes the oldest message."""
        return self._guard.run(self._pull)

    def pop(self) -> bytes | None:
        """Takes the newest message."""
        return self._guard.run(self._pop)

    def last(self, count: int) -> list[bytes | None]:
        """So many messages, the newest first."""
        return self._guard.run(self._last, min(count, self.places))

    def slots(self) -> tuple[int, int]:
        """Where the next push goes, and the next pull."""
        return int(self._numbers[_END]), int(self._numbers[_START])

    def _may_hold(self, message: bytes) -> bool:
        return 0 < len(message) <= self.blocksize

    def _get(self, place: int) -> bytes | None:
        size = self._sizes[place]
        if not size:
            return None
        at = self._data_at + place * self.blocksize
        message: bytes = self._bytes[at : at + size]
        return message

    def _put(self, place: int, message: bytes) -> None:
        self._sizes[place] = 0
        at = self._data_at + place * self.blocksize
        self._view[at : at + len(message)] = message
        self._checksums[place] = crc32(message)
        self._sizes[place] = len(message)

    def _push(self, message: bytes) -> None:
        numbers = self._numbers
        place = numbers[_END]
        follows = (place + 1) % self.places
        if self._sizes[place] and numbers[_START] == place:
            numbers[_START] = follows
        self._put(place, message)
        numbers[_END] = follows

    def _pull(self) -> bytes | None:
        numbers = self._numbers
        place = numbers[_START]
        message = self._get(place)
        if message is not None:
            self._sizes[place] = 0
            numbers[_START] = (place + 1) % self.places
        return message

    def _pop(self) -> bytes | None:
        numbers = self._numbers
        place = (numbers[_END] or self.places) - 1
        message = self._get(place)
        if message is not None:
            self._sizes[place] = 0
            numbers[_END] = place
        return message

    def _last(self, count: int) -> list[bytes | None]:
        newest = (self._numbers[_END] or self.places) - 1
        return [self._get((newest - each) % self.places) for each in range(count)]

    def _repair(self) -> None:
        """Leaves out what is half written; places and order stay."""
        for place in range(self.places):
            size = self._sizes[place]
            if not size:
                continue
            message = self._get(place) if size <= self.blocksize else None
            if message is None or crc32(message) != self._checksums[place]:
                self._sizes[place] = 0
        for number in (_END, _START):
            self._numbers[number] %= self.places
        start = self._numbers[_START]
        for step in range(self.places):
            # A pull that was cut off has emptied its place and not gone on.
            place = (start + step) % self.places
            if self._sizes[place]:
                self._numbers[_START] = place
                break
        else:
            self._numbers[_START] = self._numbers[_END]

