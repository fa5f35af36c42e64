"""A queue of messages in shared memory, from any process to those that take from it.

First in, first out. A message is whole or not there: it counts from the moment at which the end of
the queue is written, which is one number, and is gone from the moment at which the start is. So a
process that is killed at any point leaves nothing half done, and needs nothing repaired.

A mailbox has a bell, which is a counter of the kernel (eventfd) that `poll` can wait for. It rings
while something may be there: who takes a message and leaves others rings it again.
"""

from __future__ import annotations

import os
import sys

from . import c_library, mutex
from .memory import SharedMemory
from .mutex import Mutex

# The numbers behind the lock. START and END only grow; their place is the rest by the capacity.
_START, _END, _PUT, _TAKEN = range(4)
_HEAD_BYTES = mutex.SIZE + 64
_LENGTH_BYTES = 8
_ONE = (1).to_bytes(8, sys.byteorder)


class Mailbox:
    """Messages that have at most so many bytes in all, each with LENGTH_BYTES more."""

    def __init__(self, memory: SharedMemory, name: str, capacity: int, bell: int) -> None:
        """Raises OSError where there is no memory."""
        key = f'mailbox {capacity} {name}'.encode('utf-8', 'surrogateescape')
        size = _HEAD_BYTES + capacity
        region = memory.region(key, size, lambda made: mutex.prepare(made, 0))
        self.name = name
        self.bell = bell
        self._capacity = capacity
        self._lock = Mutex(region, 0)
        self._numbers = region[mutex.SIZE : _HEAD_BYTES].cast('Q')
        self._data = region[_HEAD_BYTES:size]
        self._bytes = c_library.bytes_of(self._data)

    @property
    def longest(self) -> int:
        """The bytes of the longest message that an empty mailbox can hold."""
        return self._capacity - _LENGTH_BYTES

    def put(self, message: bytes) -> bool:
        """Adds a message; False where there is no room for it now."""
        if not self._lock.run(self._put, message):
            return False
        self._ring()
        return True

    def take(self) -> bytes | None:
        """Takes the oldest message; None where there is none."""
        if self._numbers[_START] >= self._numbers[_END]:
            return None
        message = self._lock.run(self._take)
        if self._numbers[_START] < self._numbers[_END]:
            self._ring()  # What a ring has told this process of is for others too.
        return message

    def waiting(self) -> int:
        """How many messages wait."""
        return max(int(self._numbers[_PUT]) - int(self._numbers[_TAKEN]), 0)

    def silence(self) -> None:
        """The bell was heard."""
        try:
            os.read(self.bell, 8)
        except BlockingIOError:
            pass  # Another process has heard it.

    def _ring(self) -> None:
        try:
            os.write(self.bell, _ONE)
        except OSError:
            pass  # It rings as often as a number of 64 bits can hold, or the application closed it.

    def _put(self, message: bytes) -> bool:
        numbers = self._numbers
        # The start is behind the end where a process was killed while it emptied the mailbox.
        start = numbers[_START]
        end = max(numbers[_END], start)
        size = _LENGTH_BYTES + len(message)
        if end - start + size > self._capacity:
            return False
        self._write(end, len(message).to_bytes(_LENGTH_BYTES, 'little') + message)
        numbers[_PUT] += 1
        numbers[_END] = end + size
        return True

    def _take(self) -> bytes | None:
        numbers = self._numbers
        start, end = numbers[_START], numbers[_END]
        if start >= end:
            return None
        length = int.from_bytes(self._read(start, _LENGTH_BYTES), 'little')
        message = self._read(start + _LENGTH_BYTES, length)
        after = start + _LENGTH_BYTES + length
        if after < end:
            numbers[_TAKEN] += 1
            numbers[_START] = after
            return message
        # It is empty, and begins at its front again: memory that was never needed stays unused.
        front = -(-end // self._capacity) * self._capacity
        numbers[_TAKEN] = numbers[_PUT]
        numbers[_START] = front
        numbers[_END] = front
        return message

    def _write(self, position: int, data: bytes) -> None:
        at = position % self._capacity
        first = min(len(data), self._capacity - at)
        self._data[at : at + first] = data[:first]
        self._data[: len(data) - first] = data[first:]

    def _read(self, position: int, length: int) -> bytes:
        at = position % self._capacity
        first = min(length, self._capacity - at)
        data: bytes = self._bytes[at : at + first]
        return data if first == length else data + self._bytes[: length - first]
