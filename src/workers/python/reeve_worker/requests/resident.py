"""The resident memory of this process, for the END of each request."""

from __future__ import annotations

import os

_EVERY_SECONDS = 1.0
_PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')


class ResidentMemory:
    """Read at most once a second; who asks for it looks whether it is due, which costs no call."""

    def __init__(self) -> None:
        # 0 when they are unknown.
        self.bytes = 0
        # A time of perf_counter.
        self.due_at = 0.0

    def read(self, now: float) -> None:
        """Reads it at a time of perf_counter."""
        self.due_at = now + _EVERY_SECONDS
        try:
            with open('/proc/self/statm', 'rb') as statm:
                self.bytes = int(statm.read().split()[1]) * _PAGE_BYTES
        except OSError:
            self.bytes = 0  # The application may have used up its descriptors.
