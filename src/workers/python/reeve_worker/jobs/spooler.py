"""A spooler: runs the tasks of a directory, one at a time, in a process with the application.

At least once: a task's file goes when `uwsgi.spooler` has returned SPOOL_OK, and not before. What
fails is tried again after growing pauses, and put aside after `spooler-retries` of them.
"""

from __future__ import annotations

import faulthandler
import os
import select
import sys
import time
from typing import Any, Callable

from .. import log
from ..control import Control, JobSettings
from ..own_descriptors import Descriptor, own
from ..uwsgi_module.here import Here
from ..uwsgi_module.jobs import frequency_of
from . import attempts, task_files
from .attempts import Attempts
from .task_files import Broken, Place, Taken

_OK, _RETRY, _IGNORE = -2, -1, 0
# So often a look takes note of all tasks, so that what belongs to none of them is removed.
_SWEEP_SECONDS = 600.0


class Spooler:
    """Lives until it is asked to end, or has run `spooler-max-tasks`."""

    def __init__(self, settings: JobSettings, control: Control, here: Here) -> None:
        self._settings = settings
        self._control = control
        self._here = here
        self._done = 0
        self._failed = 0
        # Tasks that are left to others, and until when, on the monotonic clock.
        self._ignored: dict[Place, float] = {}
        self._next_at = 0.0
        self._swept_at = 0.0
        self._is_leaving = False
        self._wake = self._open_wake()

    def leave(self) -> None:
        """Ends when the task that runs is done."""
        self._is_leaving = True

    def run(self, wake_read: int) -> None:
        """`wake_read`: a descriptor that a signal writes to."""
        directory = self._settings.directory
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        while not self._is_over():
            os.chdir(directory)
            if self._look():
                continue
            for descriptor, _ in poll.poll(self._wait_ms()):
                _drain(descriptor)

    def _open_wake(self) -> Descriptor:
        """The pipe by which a queued task is told of; all spoolers of the directory read it."""
        directory = self._settings.directory
        attempts.prepare(directory)
        folder = os.path.join(directory, task_files.OWN_FOLDER)
        path = os.path.join(folder, task_files.WAKE_NAME)
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            pass
        own_pid = os.path.join(folder, f'pid-{self._settings.slot}')
        with open(own_pid, 'wb') as file:
            file.write(b'%d' % os.getpid())
        pipe = Descriptor(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        own.hold(pipe)
        return pipe

    def _is_over(self) -> bool:
        limit = self._settings.max_tasks
        return self._is_leaving or 0 < limit <= self._done + self._failed

    def _wait_ms(self) -> float:
        now = time.monotonic()
        until = min(self._next_at, now + self._frequency())
        return max(until - now, 0.01) * 1000

    def _frequency(self) -> float:
        settings = self._settings
        return max(frequency_of(self._here, settings.directory, settings.frequency), 0.1)

    def _look(self) -> bool:
        """Runs one task that is due; False where there is none."""
        directory, now = self._settings.directory, time.time()
        self._next_at = time.monotonic() + self._frequency()
        places = task_files.queued(directory)
        if time.monotonic() >= self._swept_at + _SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            attempts.sweep(directory, {place.name for place in places})
        for place in places:
            if self._ignored.get(place, 0.0) > time.monotonic():
                continue
            before = attempts.read(directory, place)
            # A date that is too far off comes of a clock that was set.
            wait = before.at - now
            if 0 < wait <= attempts.PAUSE_MAX_SECONDS:
                self._next_at = min(self._next_at, time.monotonic() + wait)
                continue
            taken = task_files.take(directory, place)
            if taken is None:
                continue
            if len(places) > 1:
                task_files.wake(directory)  # What a wake has told this one of is for others too.
            try:
                self._run(taken, attempts.read(directory, place))
            finally:
                taken.release()
            return True
        return False

    def _run(self, taken: Taken, before: Attempts) -> None:
        settings, place = self._settings, taken.place
        if 0 < settings.retries <= before.count:
            return self._bury(taken, before.count, before.error)
        try:
            task = taken.read()
        except Broken as why:
            return self._bury(taken, before.count, str(why))
        tried = attempts.begin(settings.directory, place, before)
        self._tell('begun', place)
        self._say(f'{settings.name} runs {place.name}')
        given: dict[Any, bytes] = dict(task.variables)
        given['spooler_task_name'] = place.name.encode()
        if task.body:
            given['body'] = task.body
        started = time.monotonic()
        answer, error = self._call(given, place, tried)
        seconds = round(time.monotonic() - started, 3)
        if answer == _OK:
            taken.remove()
            attempts.forget(settings.directory, place)
            self._done += 1
            self._say(f'{settings.name} has done {place.name} in {seconds} s')
        elif answer == _IGNORE:
            attempts.undo(settings.directory, place, before)
            self._ignored[place] = time.monotonic() + self._frequency()
        else:
            self._failed += 1
            self._retry(taken, tried, error)
        self._tell('ended', place)

    def _call(self, given: dict[Any, bytes], place: Place, tried: Attempts) -> tuple[int, str]:
        """What `uwsgi.spooler` says of the task; an exception is logged, and means again."""
        settings = self._settings
        function: Callable[[dict[Any, bytes]], Any] | None = vars(self._here.module).get('spooler')
        if function is None:
            log.say(f'{settings.name}: the application has set no function in uwsgi.spooler')
            return _IGNORE, ''
        if settings.task_directory:
            os.chdir(settings.task_directory)
        if settings.harakiri > 0:
            faulthandler.dump_traceback_later(settings.harakiri, exit=True, file=log.descriptor())
        self._here.spooler_task = (place, given)
        try:
            answer = function(given)
        except BaseException as error:
            if isinstance(error, SystemExit) and self._is_leaving:
                raise
            headline = f'{settings.name}: task {place.name} has failed (try {tried.count})'
            fields = [*log.error_fields(error), ('REEVE_TASK', place.name)]
            log.report('job.failed', headline, log.format_application_error(error), fields)
            return _RETRY, f'{log.class_name(error)}: {error}'[:500]
        finally:
            self._here.spooler_task = None
            if settings.harakiri > 0:
                faulthandler.cancel_dump_traceback_later()
        is_number = isinstance(answer, int)
        return (int(answer) if is_number else _RETRY), 'it asked to be tried again'

    def _retry(self, taken: Taken, tried: Attempts, error: str) -> None:
        directory, place = self._settings.directory, taken.place
        attempts.failed(directory, place, tried, error)
        if 0 < self._settings.retries <= tried.count:
            self._bury(taken, tried.count, error)

    def _bury(self, taken: Taken, count: int, error: str) -> None:
        settings, place = self._settings, taken.place
        path = taken.move_to_dead()
        attempts.bury(settings.directory, place, count, error)
        tries = f'after {count} tries (spooler-retries)' if count else 'as it is no task'
        sentence = f'{settings.name}: {place.name} was put aside {tries}: {error}; it is now {path}'
        log.report('job.dead', sentence, '', [('REEVE_TASK', place.name)])

    def _tell(self, what: str, place: Place) -> None:
        self._control.send(
            {
                'type': 'job-task',
                'slot': self._settings.slot,
                'state': what,
                'task': place.name,
                'done': self._done,
                'failed': self._failed,
            }
        )

    def _say(self, sentence: str) -> None:
        if not self._settings.quiet:
            sys.stdout.write(f'{sentence}\n')


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass  # Another spooler of the directory has read it.
