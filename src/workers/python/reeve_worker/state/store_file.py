"""Files that hold shared memory, so that it outlives the instance."""

from __future__ import annotations

import os

from . import c_library


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


def identity(path: str) -> bytes:
    """Names the file, whatever path leads to it."""
    status = os.stat(path)
    return b'%d %d' % (status.st_dev, status.st_ino)
