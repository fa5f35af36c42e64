"""Which numbers of workers have taken requests once: their hooks with -once do not run again.

A page that the workers share: only they know whether their hooks have run.
"""

from __future__ import annotations

from typing import Callable

from ..control import Hooks

_SLOTS_MAX = 4096


class Accepted:
    """Made in the spawner, before the first worker is forked."""

    def __init__(self, hooks: Hooks) -> None:
        self._page: bytearray | None = None
        if any(point.endswith('-once') for point in hooks.points):
            import mmap

            self._page = mmap.mmap(-1, _SLOTS_MAX)  # type: ignore[assignment]

    def of(self, slot: int) -> tuple[bool, Callable[[], None]]:
        """Whether this slot has not been there yet, and what notes that it has."""
        page = self._page
        if page is None or slot >= _SLOTS_MAX:
            return True, _nothing

        def note() -> None:
            page[slot] = 1

        return page[slot] == 0, note


def _nothing() -> None:
    """Where no hook runs only once."""
