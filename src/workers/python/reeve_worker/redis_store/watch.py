"""A spooler's thread beside its tasks: it hears of new ones, and renews the lease of one that runs.
"""

from __future__ import annotations

import os
import time
from _thread import start_new_thread
from typing import Any

from ..jobs.task_store import StoreAway
from ..own_descriptors import Descriptor, own
from .tasks import LEASE_SECONDS, RedisTasks, TakenTask

_RENEW_SECONDS = LEASE_SECONDS / 4
_PAUSE_SECONDS = 1.0
_COUNT_SECONDS = 1.0


class WatchedTasks:
    """The tasks of a server, as a spooler sees them."""

    def __init__(self, address: str, instance: str) -> None:
        self._tasks = RedisTasks(address)
        # A client of its own: a thread that waits for messages has a connection for itself.
        self._heard = RedisTasks(address)
        self._instance = instance
        self._running = ''
        self._is_known = False
        self._counted_at = 0.0
        self.seconds_to_next = 3600.0
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._read, self._write = Descriptor(read), Descriptor(write)
        own.hold(self._read)
        own.hold(self._write)
        start_new_thread(self._watch, ())

    def descriptor(self) -> int:
        """Readable when a task was queued."""
        return self._read.fileno()

    def directory(self) -> str:
        """None: tasks are run where the application is."""
        return ''

    def frequency(self, usual: float) -> float:
        """The option."""
        return usual

    def take(self, ignored: set[str]) -> TakenTask | None:
        """The next task that is due. Raises StoreAway."""
        if not self._is_known:
            self._tasks.become(self._instance)
            self._is_known = True
        self._running = ''
        taken = self._tasks.take(ignored)
        self.seconds_to_next = self._tasks.seconds_to_next
        if taken is not None:
            self._running = taken.name
        return taken

    def counts(self) -> dict[str, Any] | None:
        """For the status; None while there is work, and it was counted a moment ago.

        Raises StoreAway.
        """
        if self._running and time.monotonic() < self._counted_at + _COUNT_SECONDS:
            return None
        self._counted_at = time.monotonic()
        queued, dead = self._tasks.count()
        return {'place': self._tasks.shown, 'queued': queued, 'dead': dead}

    def _watch(self) -> None:
        while True:
            try:
                self._heard.run(self._listen)
            except StoreAway:
                time.sleep(_PAUSE_SECONDS)

    def _listen(self, client: Any) -> None:
        channel = client.pubsub(ignore_subscribe_messages=True)
        try:
            channel.subscribe(f'{self._heard.prefix}wake')
            self._tell()  # What was queued before is not told of.
            renewed_at = time.monotonic()
            while True:
                if channel.get_message(timeout=_RENEW_SECONDS) is not None:
                    self._tell()
                if self._running and time.monotonic() >= renewed_at + _RENEW_SECONDS:
                    renewed_at = time.monotonic()
                    self._tasks.renew(self._running)
        finally:
            channel.close()

    def _tell(self) -> None:
        try:
            os.write(self._write.fileno(), b'.')
        except OSError:
            pass  # It is full: the spooler will look.
