"""Memory under a robust lock: what runs with it is undone or repaired if its process dies."""

from __future__ import annotations

from typing import Callable

from . import mutex
from .mutex import Mutex, Result

# A word behind the lock: 1 while a change is under way.
_DIRTY_AT = mutex.SIZE
HEAD_BYTES = mutex.SIZE + 64


class Guard:
    """The lock of a region that begins with HEAD_BYTES of its own."""

    def __init__(self, head: memoryview, repair: Callable[[], None]) -> None:
        self._lock = Mutex(head, 0)
        self._dirty = head[_DIRTY_AT : _DIRTY_AT + 8].cast('Q')
        self._repair = repair

    def run(self, change: Callable[..., Result], *arguments: object) -> Result:
        """Runs a function while this thread has the lock."""
        return self._lock.run(self._change, change, arguments)

    def _change(self, change: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        dirty = self._dirty
        if dirty[0]:
            self._repair()
        dirty[0] = 1
        result = change(*arguments)
        dirty[0] = 0
        return result

