"""The tasks of a directory, as a spooler sees them: files, and how often each was tried."""

from __future__ import annotations

import os
import time
from typing import Callable

from ..own_descriptors import Descriptor, own
from . import attempts, task_files
from .attempts import Attempts
from .task_files import Task, Taken

# A task whose tries cannot be counted, as the disk is full, waits so long before the next one.
_UNCOUNTED_SECONDS = 60.0
# So often a look takes note of all tasks, so that what belongs to none of them is removed.
_SWEEP_SECONDS = 600.0


class DirectoryTasks:
    """A spool directory. Methods raise OSError."""

    def __init__(self, directory: str, slot: int, frequency: Callable[[float], float]) -> None:
        self._directory = directory
        self.frequency = frequency
        self._swept_at = 0.0
        self.seconds_to_next = 3600.0
        self._wake = self._open_wake(slot)

    def descriptor(self) -> int:
        """Of the pipe by which a queued task is told of; all spoolers of the directory read it."""
        return self._wake.fileno()

    def directory(self) -> str:
        """The spool directory."""
        return self._directory

    def counts(self) -> None:
        """The master counts files."""
        return None

    def take(self, ignored: set[str]) -> TakenFile | None:
        """The next task that is due, locked."""
        directory, now = self._directory, time.time()
        self.seconds_to_next = 3600.0
        places = task_files.queued(directory)
        if time.monotonic() >= self._swept_at + _SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            attempts.sweep(directory, {place.name for place in places})
            task_files.sweep_unfinished(directory)
        for place in places:
            if place.name in ignored:
                continue
            wait = attempts.read(directory, place).at - now
            # A date that is too far off comes of a clock that was set.
            if 0 < wait <= attempts.PAUSE_MAX_SECONDS:
                self.seconds_to_next = min(self.seconds_to_next, wait)
                continue
            taken = task_files.take(directory, place)
            if not isinstance(taken, Taken):
                self.seconds_to_next = min(self.seconds_to_next, taken)
                continue
            if len(places) > 1:
                task_files.wake(directory)  # What a wake has told this one of is for others too.
            return TakenFile(taken, attempts.read(directory, place))
        return None

    def _open_wake(self, slot: int) -> Descriptor:
        attempts.prepare(self._directory)
        folder = os.path.join(self._directory, task_files.OWN_FOLDER)
        path = os.path.join(folder, task_files.WAKE_NAME)
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            pass
        with open(os.path.join(folder, f'pid-{slot}'), 'wb') as file:
            file.write(b'%d' % os.getpid())
        pipe = Descriptor(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        own.hold(pipe)
        return pipe


class TakenFile:
    """A task whose file this process has locked."""

    def __init__(self, taken: Taken, before: Attempts) -> None:
        self._taken = taken
        self._before = before
        self._tried = before
        self._is_uncounted = False
        self.name = taken.place.name
        self.count = before.count
        self.error = before.error

    def read(self) -> Task:
        """Raises Broken."""
        return self._taken.read()

    def begin(self) -> int:
        """Counts one more try. On a full disk it is not counted, but postponed: what a task leaves
        when it is done may be the only room that there will be.
        """
        try:
            self._tried = attempts.begin(self._taken.directory, self._taken.place, self._before)
        except OSError:
            self._taken.postpone(time.time() + _UNCOUNTED_SECONDS)
            self._is_uncounted = True
        return self._tried.count

    def done(self) -> None:
        """The file goes."""
        self._taken.remove()
        attempts.forget(self._taken.directory, self._taken.place)

    def undo(self) -> None:
        """The try did not count."""
        if self._is_uncounted:
            return self._taken.postpone(time.time())
        attempts.undo(self._taken.directory, self._taken.place, self._before)

    def failed(self, error: str) -> None:
        """It is tried again after a pause."""
        if self._is_uncounted:
            return
        attempts.failed(self._taken.directory, self._taken.place, self._tried, error)

    def bury(self, count: int, error: str) -> str:
        """Moves it aside."""
        path = self._taken.move_to_dead()
        attempts.bury(self._taken.directory, self._taken.place, count, error)
        return path

    def release(self) -> None:
        """Another process may take it."""
        self._taken.release()
