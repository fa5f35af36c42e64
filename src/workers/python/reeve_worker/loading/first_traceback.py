"""Which worker shows the traceback, when all of them fail to import at the same moment.

With lazy-apps every worker meets the same broken line. The spawner makes a pipe with one byte in it
before it forks them; whoever reads the byte shows its traceback, the others only report.
"""

from __future__ import annotations

import os

from ..own_descriptors import own


class FirstTraceback:
    """Made in the spawner; `take` is for its workers."""

    def __init__(self) -> None:
        read, write = os.pipe()
        os.write(write, b'1')
        os.close(write)  # So that a read after the byte is end-of-file, and never waits.
        self._read = os.fdopen(read, 'rb', buffering=0)
        own.hold(self._read)

    def take(self) -> bool:
        """True for the first caller among all processes that share this."""
        return self._read.read(1) != b''
