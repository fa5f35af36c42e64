"""A metric: a number of 64 bits that all processes change, under a lock."""

from __future__ import annotations

from typing import Callable

from .guarded import HEAD_BYTES, Guard

METRIC_BYTES = HEAD_BYTES + 8


class Metric:
    """It wraps around as in C."""

    def __init__(self, region: memoryview) -> None:
        self._value = region[HEAD_BYTES : HEAD_BYTES + 8].cast('q')
        # A single word is never half written.
        self._guard = Guard(region, lambda: None)

    def get(self) -> int:
        """The number."""
        return int(self._value[0])

    def change(self, change: Callable[[int], int]) -> None:
        """Calculates with it, in one step for all other processes."""
        self._guard.run(self._change, change)

    def _change(self, change: Callable[[int], int]) -> None:
        half = 1 << 63
        self._value[0] = (change(self._value[0]) + half) % (2 * half) - half
