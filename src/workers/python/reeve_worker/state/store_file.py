"""Files that hold shared memory, so that it outlives the instance."""

from __future__ import annotations

import os
from typing import NamedTuple

from . import c_library

# The first page of a file that systemd keeps, which is the master's: its twin is in
# master/keeping/kept-head.ts.
KEPT_HEAD_BYTES = 4096


class KeptFile(NamedTuple):
    """A memory file that systemd keeps over a restart."""

    region: memoryview
    identity: bytes
    # It had another size than it was given, so nothing in it counts.
    was_damaged: bool


def open_store(path: str, size: int, replaces: bool) -> memoryview:
    """The memory of a file of exactly that size, which is made where it is missing.

    `replaces`: a file of another size is emptied. Raises OSError, ValueError for such a file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        known = os.fstat(descriptor).st_size
        if known not in (0, size):
            if not replaces:
                raise ValueError(
                    f'it has {known} bytes, and what is configured needs {size}: it is another'
                    ' store; remove it, or name another file'
                )
            os.ftruncate(descriptor, 0)
        os.ftruncate(descriptor, size)
        return c_library.map_file(descriptor, 0, size)
    finally:
        os.close(descriptor)


def open_part(path: str, size: int) -> memoryview:
    """The first bytes of a file as memory; one that is shorter grows. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < size:
            os.ftruncate(descriptor, size)
        return c_library.map_file(descriptor, 0, size)
    finally:
        os.close(descriptor)


def open_kept(descriptor: int, size: int) -> KeptFile:
    """The memory behind the first page of a file; takes the descriptor. Raises OSError."""
    try:
        status = os.fstat(descriptor)
        whole = KEPT_HEAD_BYTES + size
        was_damaged = status.st_size not in (KEPT_HEAD_BYTES, whole)
        if was_damaged:
            os.ftruncate(descriptor, KEPT_HEAD_BYTES)
        os.ftruncate(descriptor, whole)
        region = c_library.map_file(descriptor, KEPT_HEAD_BYTES, size)
        return KeptFile(region, b'%d %d' % (status.st_dev, status.st_ino), was_damaged)
    finally:
        os.close(descriptor)


def identity(path: str) -> bytes:
    """Names the file, whatever path leads to it."""
    status = os.stat(path)
    return b'%d %d' % (status.st_dev, status.st_ino)
