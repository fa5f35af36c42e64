"""A spooler: runs the tasks of a directory or of a server, one at a time.

At least once: a task goes when `uwsgi.spooler` has returned SPOOL_OK, and not before. What
fails is tried again after growing pauses, and put aside after `spooler-retries` of them.
"""

from __future__ import annotations

import os
import select
import sys
import time
from typing import Any, Callable

from ..control import Control, JobSettings
from ..output import log
from ..own_descriptors import own
from ..redis_store.connection import is_address
from ..redis_store.watch import WatchedTasks
from ..spawner import leave_application_child
from ..uwsgi_module.here import Here
from ..uwsgi_module.jobs import frequency_of
from ..uwsgi_module.signals import handle
from .bounded import Bounded
from .directory_tasks import DirectoryTasks
from .receiving import Receiver, drain
from .task_files import Broken
from .task_store import StoreAway, TakenTask, TaskStore

_OK, _RETRY, _IGNORE = -2, -1, 0
# Between two looks while the server of the tasks cannot be used.
_AWAY_MIN_SECONDS, _AWAY_MAX_SECONDS = 1.0, 30.0
# A task whose file cannot be used is left for so long.
_LEFT_SECONDS = 60.0
# What a task has come to is told to a server that is away so often, once the spooler is to end.
_LAST_TRIES = 5


class Spooler:
    """Lives until it is asked to end, or has run `spooler-max-tasks`."""

    def __init__(
        self, settings: JobSettings, control: Control, here: Here, receiver: Receiver
    ) -> None:
        self._settings = settings
        self._control = control
        self._here = here
        self._receiver = receiver
        self._done = 0
        self._failed = 0
        # Tasks that are left to others, and until when, on the monotonic clock.
        self._ignored: dict[str, float] = {}
        self._next_at = 0.0
        self._is_leaving = False
        self._away_seconds = 0.0
        self._store: TaskStore = self._open_store()

    def leave(self) -> None:
        """Ends when the task that runs is done."""
        self._is_leaving = True

    def run(self) -> None:
        """To the end: tasks, and between them signals."""
        poll = select.poll()
        by_bell = {mailbox.bell: mailbox for mailbox in self._receiver.signals}
        for descriptor in (self._store.descriptor(), self._receiver.wake_read, *by_bell):
            poll.register(descriptor, select.POLLIN)
        while not self._is_over():
            if directory := self._store.directory():
                os.chdir(directory)
            if self._handle_signal() or self._looked():
                continue
            for descriptor, _ in poll.poll(self._wait_ms()):
                if descriptor in by_bell:
                    by_bell[descriptor].silence()
                else:
                    drain(descriptor)

    def _handle_signal(self) -> bool:
        number = self._receiver.take_signal()
        if number is None:
            return False
        with Bounded(self._settings.harakiri):
            handle(self._here, number, self._settings.name)
        leave_application_child()
        return True

    def _open_store(self) -> TaskStore:
        settings, here = self._settings, self._here
        if is_address(settings.directory):
            return WatchedTasks(settings.directory, f'{here.master_pid}:{settings.slot}')
        return DirectoryTasks(
            settings.directory,
            settings.slot,
            lambda usual: frequency_of(here, settings.directory, usual),
        )

    def _is_over(self) -> bool:
        limit = self._settings.max_tasks
        return self._is_leaving or 0 < limit <= self._done + self._failed

    def _wait_ms(self) -> float:
        now = time.monotonic()
        until = min(self._next_at, now + self._frequency())
        return max(until - now, 0.01) * 1000

    def _frequency(self) -> float:
        return max(self._store.frequency(self._settings.frequency), 0.1)

    def _looked(self) -> bool:
        """Runs one task that is due; False where there is none, or the server is away."""
        try:
            has_run = self._look()
        except StoreAway as away:
            self._say_away(away)
            self._next_at = time.monotonic() + self._away_seconds
            return False
        if self._away_seconds:
            self._away_seconds = 0.0
            log.say(f'{self._settings.name}: the server of its tasks is back', 'job.store-back')
        return has_run

    def _say_away(self, away: StoreAway) -> None:
        if not self._away_seconds:
            sentence = f'{self._settings.name} cannot reach its tasks, and tries again: {away}'
            log.say(sentence, 'job.store-away')
        longer = max(2 * self._away_seconds, _AWAY_MIN_SECONDS)
        self._away_seconds = min(longer, _AWAY_MAX_SECONDS)

    def _look(self) -> bool:
        self._next_at = time.monotonic() + self._frequency()
        now = time.monotonic()
        self._ignored = {name: until for name, until in self._ignored.items() if until > now}
        taken = self._store.take(set(self._ignored))
        self._tell_counts()
        if taken is None:
            self._next_at = min([self._next_at, *self._ignored.values()])
            self._next_at = min(self._next_at, time.monotonic() + self._store.seconds_to_next)
            return False
        try:
            self._run(taken)
        except OSError as error:
            self._leave(taken.name, error)
        finally:
            taken.release()
        return True

    def _leave(self, name: str, error: OSError) -> None:
        """Its file cannot be read, moved or removed: those behind it go on."""
        self._ignored[name] = time.monotonic() + _LEFT_SECONDS
        sentence = (
            f'{self._settings.name}: the file of task {name} cannot be used, and is tried again in'
            f' {_LEFT_SECONDS:.0f} s: {error.strerror}'
        )
        log.report('job.failed', sentence, '', [('REEVE_TASK', name)])

    def _run(self, taken: TakenTask) -> None:
        settings, name = self._settings, taken.name
        if 0 < settings.retries <= taken.count:
            return self._bury(taken, taken.count, taken.error)
        try:
            task = taken.read()
        except Broken as why:
            return self._bury(taken, taken.count, str(why))
        tries = taken.begin()
        self._tell('begun', name)
        self._say(f'{settings.name} runs {name}')
        given: dict[Any, bytes] = dict(task.variables)
        given['spooler_task_name'] = name.encode()
        if task.body:
            given['body'] = task.body
        started = time.monotonic()
        answer, error = self._call(given, name, tries)
        seconds = round(time.monotonic() - started, 3)
        if answer == _OK:
            self._settle(taken.done)
            self._done += 1
            self._say(f'{settings.name} has done {name} in {seconds} s')
        elif answer == _IGNORE:
            self._settle(taken.undo)
            self._ignored[name] = time.monotonic() + self._frequency()
        else:
            self._failed += 1
            if 0 < settings.retries <= tries:
                self._bury(taken, tries, error)
            else:
                self._settle(lambda: taken.failed(error))
        self._tell('ended', name)

    def _settle(self, step: Callable[[], object]) -> None:
        """What has become of a task is kept, also where the server is away for a while."""
        tried = 0
        while True:
            try:
                step()
                return
            except StoreAway as away:
                self._say_away(away)
                tried += 1
                if self._is_leaving and tried >= _LAST_TRIES:
                    raise
            time.sleep(_AWAY_MIN_SECONDS)

    def _call(self, given: dict[Any, bytes], name: str, tries: int) -> tuple[int, str]:
        """What `uwsgi.spooler` says of the task; an exception is logged, and means again."""
        settings = self._settings
        function: Callable[[dict[Any, bytes]], Any] | None = vars(self._here.module).get('spooler')
        if function is None:
            log.say(f'{settings.name}: the application has set no function in uwsgi.spooler')
            return _IGNORE, ''
        self._here.spooler_task = (name, given)
        try:
            if settings.task_directory:
                os.chdir(settings.task_directory)
            with Bounded(settings.harakiri):
                answer = function(given)
        except BaseException as error:
            if isinstance(error, SystemExit) and (self._is_leaving or own.in_application_child):
                raise
            headline = f'{settings.name}: task {name} has failed (try {tries})'
            fields = [*log.error_fields(error), ('REEVE_TASK', name)]
            log.report('job.failed', headline, log.format_application_error(error), fields)
            leave_application_child()
            return _RETRY, f'{log.class_name(error)}: {error}'[:500]
        finally:
            self._here.spooler_task = None
        leave_application_child()
        is_number = isinstance(answer, int)
        return (int(answer) if is_number else _RETRY), 'it asked to be tried again'

    def _bury(self, taken: TakenTask, count: int, error: str) -> None:
        settings, where = self._settings, ''

        def bury() -> None:
            nonlocal where
            where = taken.bury(count, error)

        self._settle(bury)
        tries = f'after {count} tries (spooler-retries)' if count else 'as it is no task'
        sentence = f'{settings.name}: {taken.name} was put aside {tries}: {error}; it is now {where}'
        log.report('job.dead', sentence, '', [('REEVE_TASK', taken.name)])

    def _tell_counts(self) -> None:
        counts = self._store.counts()
        if counts is not None:
            self._control.send({'type': 'job-queue', **counts})

    def _tell(self, what: str, name: str) -> None:
        self._control.send(
            {
                'type': 'job-task',
                'slot': self._settings.slot,
                'state': what,
                'task': name,
                'done': self._done,
                'failed': self._failed,
            }
        )

    def _say(self, sentence: str) -> None:
        if not self._settings.quiet:
            sys.stdout.write(f'{sentence}\n')
