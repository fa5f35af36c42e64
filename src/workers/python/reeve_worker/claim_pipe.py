"""The pipe that decides who runs a request sent ahead: one byte each, read by whoever runs it.

The gateway opens it by the number that HELLO names, and holds both its ends.
"""

from __future__ import annotations

import os

from .own_descriptors import own


class ClaimPipe:
    """This slot's end, which never waits."""

    def __init__(self) -> None:
        """Raises OSError when no descriptor is left."""
        read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.close(write_end)
        self._file = open(read_end, 'rb', buffering=0)
        self.number = read_end
        own.hold(self._file)

    def claim(self) -> bool:
        """Takes one request; False when the gateway has taken it back."""
        return bool(self._file.read(1))

    def close(self) -> None:
        """Closes this end."""
        own.release(self._file)
