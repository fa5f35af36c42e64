"""The resident memory of this process, for the END of each request."""

from __future__ import annotations

import os

_EVERY_SECONDS = 1.0
_PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')


class ResidentMeter:
    """The resident memory of this process, looked up at most once a second."""

    def __init__(self) -> None:
        self._known = 0
        self._look_again_at = 0.0

    def bytes_at(self, now: float) -> int:
        """The bytes at a time of perf_counter; 0 when they are unknown."""
        if now >= self._look_again_at:
            self._look_again_at = now + _EVERY_SECONDS
            try:
                with open('/proc/self/statm', 'rb') as statm:
                    self._known = int(statm.read().split()[1]) * _PAGE_BYTES
            except OSError:
                self._known = 0  # The application may have used up its descriptors.
        return self._known
