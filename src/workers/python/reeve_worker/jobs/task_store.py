"""Where tasks lie, as a spooler sees it: a directory (`directory_tasks.py`), or a server."""

from __future__ import annotations

from typing import Any, Protocol

from .task_files import Task


class StoreAway(Exception):
    """The server cannot be used now; the text says why."""


class TakenTask(Protocol):
    """A task that this process has, and no other."""

    name: str
    # Tries before this one, and what went wrong in the last.
    count: int
    error: str

    def read(self) -> Task:
        """Raises Broken."""

    def begin(self) -> int:
        """Counts one more try, before the task is run; returns their number."""

    def done(self) -> None:
        """It is gone."""

    def undo(self) -> None:
        """The try did not count."""

    def failed(self, error: str) -> None:
        """It is tried again after a pause."""

    def bury(self, count: int, error: str) -> str:
        """It is put aside; returns where."""

    def release(self) -> None:
        """This process has it no more."""


class TaskStore(Protocol):
    """Until when there is nothing to do: `seconds_to_next`, after `take` has found nothing."""

    seconds_to_next: float

    def descriptor(self) -> int:
        """Readable when a look may find a task."""

    def directory(self) -> str:
        """Where tasks are run; '' = where the process is."""

    def take(self, ignored: set[str]) -> TakenTask | None:
        """The next task that is due, but for those names; None where there is none."""

    def frequency(self, usual: float) -> float:
        """Seconds between two looks."""

    def counts(self) -> dict[str, Any] | None:
        """For the master, where it cannot count: `place`, `queued`, `dead`."""
