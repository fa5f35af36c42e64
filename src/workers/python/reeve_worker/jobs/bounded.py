"""A limit for what a mule or a spooler runs: harakiri, by the thread of faulthandler."""

from __future__ import annotations

import faulthandler
from types import TracebackType

from ..output import log


class Bounded:
    """`with Bounded(seconds)`: a body that takes longer ends the process, its stack is logged."""

    def __init__(self, seconds: float) -> None:
        """0: no limit."""
        self._seconds = seconds

    def __enter__(self) -> None:
        bound(self._seconds)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._seconds > 0:
            bound(0)


def bound(seconds: float) -> None:
    """From now on; 0 takes the limit back."""
    if seconds > 0:
        faulthandler.dump_traceback_later(seconds, exit=True, file=log.descriptor())
    else:
        faulthandler.cancel_dump_traceback_later()
