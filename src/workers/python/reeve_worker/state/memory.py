"""The memory file that all Python processes share, and the regions in it.

A spawner makes the regions that its configuration needs before it imports the application; its
workers inherit them. A region is found by its key, which holds everything that its layout depends
on: after a reload the same key means the same memory with what is in it, another key a new region.

The file begins with a table of regions. The number of regions is written last, so a spawner that is
killed while it adds one leaves the table as it was.

    offset 0     8          16        24        256…                   1 MiB…
           magic count: u64 end: u64  stopping  table, 256 bytes each  regions
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from typing import Callable

from . import c_library

SHARED_FD = 5
# The bells of the mailboxes, in their order.
FIRST_BELL_FD = 6

_MAGIC = b'REEVEMEM'
_HEADER = struct.Struct('<8sQQ')
_STOPPING_AT = 24  # A byte that the master writes: its twin is in master/children/spawners.ts.
_TABLE_AT = 256
_ENTRY = struct.Struct('<QQ240s')
_TABLE_BYTES = 1 << 20
REGIONS_MAX = (_TABLE_BYTES - _TABLE_AT) // _ENTRY.size
KEY_BYTES_MAX = 240

Prepare = Callable[[memoryview], None]


class SharedMemory:
    """The memory file, opened once more: a lock on a description excludes other processes."""

    def __init__(self, descriptor: int = SHARED_FD) -> None:
        """Raises OSError where there is no such descriptor."""
        flags = os.O_RDWR | os.O_CLOEXEC
        self._file = open(os.open(f'/proc/self/fd/{descriptor}', flags), 'r+b', buffering=0)

    def close(self) -> None:
        """The regions that were asked for stay."""
        self._file.close()

    def region(self, key: bytes, size: int, prepare: Prepare | None = None) -> memoryview:
        """The memory of a key, shared with every process that has asked for it; zeros at first.

        `prepare` is called for a new one, before any other process can find it. Raises OSError
        where there is no room for it, ValueError for a key or a table that is full. Without ctypes
        the memory is shared with the children of this process alone.
        """
        if not c_library.is_available():
            return memoryview(mmap.mmap(-1, _in_pages(size)))
        if len(key) > KEY_BYTES_MAX:
            raise ValueError(f'the key of shared memory is longer than {KEY_BYTES_MAX} bytes')
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            return self._find(key, size) or self._add(key, size, prepare)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def stopping_byte(self) -> memoryview:
        """A byte that is 1 from the moment at which Reeve stops; there must be a region already."""
        return self._map(0, mmap.PAGESIZE)[_STOPPING_AT : _STOPPING_AT + 1]

    def _find(self, key: bytes, size: int) -> memoryview | None:
        count, _ = self._header()
        for index in range(count):
            entry = os.pread(self._file.fileno(), _ENTRY.size, _TABLE_AT + index * _ENTRY.size)
            offset, length, name = _ENTRY.unpack(entry)
            if name.rstrip(b'\0') == key and length == _in_pages(size):
                return self._map(offset, length)
        return None

    def _add(self, key: bytes, size: int, prepare: Prepare | None) -> memoryview:
        count, end = self._header()
        if count >= REGIONS_MAX:
            raise ValueError(f'there are {count} regions of shared memory: restart Reeve')
        length = _in_pages(size)
        number = self._file.fileno()
        os.ftruncate(number, end + length)
        mapped = self._map(end, length)
        if prepare is not None:
            prepare(mapped)
        os.pwrite(number, _ENTRY.pack(end, length, key), _TABLE_AT + count * _ENTRY.size)
        os.pwrite(number, _HEADER.pack(_MAGIC, count + 1, end + length), 0)
        return mapped

    def _header(self) -> tuple[int, int]:
        """The number of regions, and where the next one begins."""
        header = os.pread(self._file.fileno(), _HEADER.size, 0)
        if len(header) < _HEADER.size or header[:8] != _MAGIC:
            return 0, _TABLE_BYTES
        _, count, end = _HEADER.unpack(header)
        return count, end

    def _map(self, offset: int, length: int) -> memoryview:
        return c_library.map_file(self._file.fileno(), offset, length)


def _in_pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
