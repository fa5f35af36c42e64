"""What each worker does and has done, for `uwsgi.workers()`: a row for each in shared memory.

A worker writes its own row and no other (`wsgi.py`), number by number; whoever reads may see one
request more in one number than in the next. Two generations have rows of their own, as both run in
a reload.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from .memory import SharedMemory

PID, BUSY, REQUESTS, EXCEPTIONS, MICROSECONDS, SENT, SPAWNED, SPAWNS, AVERAGE, BEFORE = range(10)
_NUMBERS = 16  # In a row; the rest is room for more.
_ROW_BYTES = _NUMBERS * 8
_MORE_WORKERS = 8


class Row(NamedTuple):
    """One worker; `average` is that of its response times, in microseconds, as uWSGI has it.

    `requests` are those of its place, `before` those of the processes before it.
    """

    pid: int
    is_busy: bool
    requests: int
    exceptions: int
    microseconds: int
    sent: int
    spawned: int
    spawns: int
    average: int
    before: int


class Scoreboard:
    """The rows of the workers of one generation."""

    def __init__(self, memory: SharedMemory, workers: int, generation: int) -> None:
        """Raises OSError where there is no memory."""
        # A worker that is to replace another has a number beyond those of all others.
        self._workers = 2 * workers + _MORE_WORKERS
        key = b'scoreboard %d %d' % (workers, generation % 2)
        region = memory.region(key, (self._workers + 1) * _ROW_BYTES)
        self._numbers = region.cast('Q')
        # This worker's row: wsgi.py writes to it itself, for each request. A process that is none
        # has row 0.
        self.row = self._numbers[:_NUMBERS]

    def forget(self) -> None:
        """A new generation begins: its rows are those of the one before the last."""
        self._numbers[:] = memoryview(bytes(len(self._numbers) * 8)).cast('Q')

    def become(self, worker: int) -> None:
        """This process is the worker of that number from now on."""
        if worker > self._workers:
            return
        row = self._numbers[worker * _NUMBERS : (worker + 1) * _NUMBERS]
        row[PID], row[BUSY], row[SPAWNED] = os.getpid(), 0, int(time.time())
        row[SPAWNS] += 1
        row[BEFORE] = row[REQUESTS]
        self.row = row

    @property
    def own_requests(self) -> int:
        """Those that this worker has answered."""
        return int(self.row[REQUESTS])

    def rows(self) -> list[Row]:
        """Those of the workers 1…, with room for more; `pid` is 0 where none has been."""
        found = []
        for worker in range(1, self._workers + 1):
            row = self._numbers[worker * _NUMBERS : (worker + 1) * _NUMBERS]
            found.append(
                Row(
                    pid=row[PID],
                    is_busy=row[BUSY] > 0,
                    requests=row[REQUESTS],
                    exceptions=row[EXCEPTIONS],
                    microseconds=row[MICROSECONDS],
                    sent=row[SENT],
                    spawned=row[SPAWNED],
                    spawns=row[SPAWNS],
                    average=row[AVERAGE],
                    before=row[BEFORE],
                )
            )
        return found
