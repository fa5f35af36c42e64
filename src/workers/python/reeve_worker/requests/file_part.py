"""Files that an application returns: wsgi.file_wrapper, and what a gateway can send by itself.

That is a part of a regular file that is open here.

Only objects whose read() is that of a file itself are taken, whatever has been wrapped around
them: one that unpacks or deciphers in read() may well have a fileno(), but other bytes behind it.
"""

from __future__ import annotations

import io
import os
import stat
from typing import IO, NamedTuple

_BUFFERED = (io.BufferedReader, io.BufferedRandom)


class FileWrapper:
    """wsgi.file_wrapper: sent by the gateway where it can be, else read in blocks."""

    def __init__(self, file: IO[bytes], block_size: int = 32768) -> None:
        self.file = file
        self.block_size = block_size

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        block = self.file.read(self.block_size)
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """Closes the file, if it can be closed."""
        close = getattr(self.file, 'close', None)
        if close is not None:
            close()


class FilePart(NamedTuple):
    """Bytes of an open file."""

    descriptor: int
    start: int
    length: int


def part_of(file: object) -> FilePart | None:
    """From the file's position to its end; None where only read() gives its bytes."""
    reader = _reader(file)
    if reader is None:
        return None
    try:
        if isinstance(reader, io.BufferedRandom):
            reader.flush()
        descriptor = reader.fileno()
        status = os.fstat(descriptor)
        start = reader.tell()
        length = status.st_size - start
        # Some kernel files have a size that says nothing of what can be read.
        if length <= 0 or not stat.S_ISREG(status.st_mode):
            return None
        if len(os.pread(descriptor, 1, start + length - 1)) != 1:
            return None
    except (OSError, ValueError):
        return None  # Closed, write-only, no file at all: read() says what is wrong.
    return FilePart(descriptor, start, length)


def _reader(file: object) -> io.FileIO | io.BufferedReader | io.BufferedRandom | None:
    """The plain file behind the object: itself, or what its read() belongs to."""
    read = getattr(file, 'read', None)
    read = getattr(read, '__wrapped__', read)  # tempfile's objects wrap the methods of a file.
    owner = getattr(read, '__self__', None)
    if type(owner) is io.FileIO:
        return owner
    if type(owner) in _BUFFERED and type(owner.raw) is io.FileIO:
        return owner
    return None
