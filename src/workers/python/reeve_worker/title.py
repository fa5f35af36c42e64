"""The process's title: what `ps -ef` shows, and the short name that plain `ps` and `top` show.

The kernel reads /proc/<pid>/cmdline out of the process's own memory, arg_start to arg_end. Reeve
starts Python with padding in argv, so there is room; the title is cut rather than ever go beyond.
"""

from __future__ import annotations

import os

_ARG_START_FIELD, _ARG_END_FIELD = 48, 49


def set_title(title: str) -> None:
    """Writes the title over argv, and `reeve` as the short name, where that is allowed."""
    try:
        _write('/proc/self/comm', 0, b'reeve')
        start, end = _argument_area()
        if end > start > 0:
            room = end - start
            text = os.fsencode(title)[: room - 1]
            _write('/proc/self/mem', start, text + bytes(room - len(text)))
    except OSError:
        # A hardened /proc (or a kernel without mem access) costs the title, never the process.
        pass


def _argument_area() -> tuple[int, int]:
    """Where argv is in our memory. The name before it in the line may hold spaces and ')'."""
    with open('/proc/self/stat', 'rb') as file:
        fields = file.read().rpartition(b')')[2].split()
    # The first field after the name is number 3.
    return int(fields[_ARG_START_FIELD - 3]), int(fields[_ARG_END_FIELD - 3])


def _write(path: str, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if offset:
            os.pwrite(descriptor, data, offset)
        else:
            os.write(descriptor, data)
    finally:
        os.close(descriptor)
