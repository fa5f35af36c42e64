"""A shared area: bytes that all processes read and write, under a lock."""

from __future__ import annotations

import struct
from _thread import get_ident

from . import c_library
from .mutex import Mutex


class Area:
    """Offsets are bytes from the start. Methods raise IndexError beyond the end."""

    def __init__(self, lock: Mutex, memory: memoryview) -> None:
        self.memory = memory
        self._lock = lock
        self._bytes = c_library.bytes_of(memory)
        # The thread that holds the lock by `lock`: its own reads and writes do not wait for it.
        self._holder = 0

    def lock(self) -> None:
        """Waits until no other thread has the lock. Raises LockedTwice."""
        self._lock.acquire()
        self._holder = get_ident()

    def unlock(self) -> None:
        """Gives the lock back; nothing where this thread does not have it."""
        if self._holder == get_ident():
            self._holder = 0
            self._lock.release()

    def read(self, at: int, size: int) -> bytes:
        """So many bytes; 0: all from there on."""
        end = at + size if size else len(self.memory)
        self._demand(at, end - at)
        took = self._take()
        try:
            data: bytes = self._bytes[at:end]
            return data
        finally:
            self._give(took)

    def write(self, at: int, data: bytes) -> None:
        """Writes all of it, or nothing."""
        self._demand(at, len(data))
        took = self._take()
        try:
            self.memory[at : at + len(data)] = data
        finally:
            self._give(took)

    def add(self, at: int, kind: struct.Struct, amount: int) -> None:
        """Adds to a number, in one step for all other processes; it wraps around as in C."""
        self._demand(at, kind.size)
        took = self._take()
        try:
            (before,) = kind.unpack_from(self.memory, at)
            half = 1 << (8 * kind.size - 1)
            kind.pack_into(self.memory, at, (before + amount + half) % (2 * half) - half)
        finally:
            self._give(took)

    def _demand(self, at: int, size: int) -> None:
        if at < 0 or size < 0 or at + size > len(self.memory):
            raise IndexError

    def _take(self) -> bool:
        if self._holder == get_ident():
            return False
        self._lock.acquire()
        return True

    def _give(self, took: bool) -> None:
        if took:
            self._lock.release()
