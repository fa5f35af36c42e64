"""The life of a mule or a spooler: its title, the application, its work, and its end.

SIGTERM asks it to end. A spooler and a mule that waits finish what they run; a mule with a program
of its own gets SystemExit there, as Python programs do not end otherwise.
"""

from __future__ import annotations

import _signal as signal
import os
import sys
from typing import Any

from .. import leaving, log
from ..control import Control, JobSettings, SpawnerSettings
from ..journal import journal
from ..loading import application, imports
from ..loading.load_failure import LoadFailure
from ..output import application_output, python_logging
from ..own_descriptors import own
from ..seeing import stacks
from ..spawner import EXIT_NO_APPLICATION, WorkerOrder, exit_at_once, leave_application_child
from ..title import set_title
from ..uwsgi_module.here import Here
from . import mule
from .spooler import Spooler


def run(
    settings: SpawnerSettings, job: JobSettings, control: Control, order: WorkerOrder, here: Here
) -> int:
    """Returns the exit code."""
    set_title(job.title)
    journal.become(job.name, settings.generation)
    if job.kind == 'mule':
        here.mule_id = job.number
    else:
        here.is_spooler = True
    _load(settings, job, control, order)
    here.run_hook('post_fork_hook', job.name)
    leave_application_child()
    stacks.prepare()
    life = _Life(job)
    life.take_signals()
    control.send({'type': 'job-started', 'slot': job.slot, 'pid': os.getpid()})
    code = life.work(control, here)
    application_output.flush()
    leaving.bound(settings.exit_limit, job.name)
    here.run_hook('atexit', job.name)
    return code


class _Life:
    """What runs, and whether it is asked to end."""

    def __init__(self, job: JobSettings) -> None:
        self._job = job
        self._is_leaving = False
        self._spooler: Spooler | None = None
        self._wake_read, self._wake_write = os.pipe()

    def take_signals(self) -> None:
        """What the application has set for SIGTERM stays in a mule with a program."""
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        signal.signal(signal.SIGTERM, self._leave)

    def work(self, control: Control, here: Here) -> int:
        """To the end of it; returns the exit code."""
        if self._job.kind == 'spooler':
            self._spooler = Spooler(self._job, control, here)
            if self._is_leaving:
                return 0
            self._spooler.run(self._wake_read)
            return 0
        if self._job.program:
            return self._run_program()
        mule.wait(self._wake_read, lambda: self._is_leaving)
        return 0

    def _run_program(self) -> int:
        try:
            mule.run_program(self._job)
            return 0
        except SystemExit as error:
            return leaving.exit_code(error)
        except BaseException as error:
            headline = f'{self._job.name}: {self._job.program} has ended by an exception'
            text = log.format_application_error(error)
            log.report('job.failed', headline, text, log.error_fields(error))
            return 1

    def _leave(self, _number: int, _frame: Any) -> None:
        self._is_leaving = True
        if self._spooler is not None:
            self._spooler.leave()
        elif self._job.program:
            sys.exit(0)


def _load(
    settings: SpawnerSettings, job: JobSettings, control: Control, order: WorkerOrder
) -> None:
    """The application, where the spawner does not have it (lazy-apps), and spooler-import."""
    try:
        if order.applications is None and settings.applications:
            stacks.prepare()
            imports.load_beside(settings.imports)
            application.load_all(settings)
        if job.kind == 'spooler':
            imports.load_beside(settings.spooler_imports)
    except LoadFailure as failure:
        leave_application_child(failure)
        if failure.hash() != order.seen_traceback:
            log.report('application.import-failed', '', failure.text, failure.fields, leaving=True)
        control.send(
            {
                'type': 'worker-failed',
                'slot': job.slot,
                'pid': os.getpid(),
                'traceback': failure.hash(),
                'sentence': failure.sentence,
            }
        )
        exit_at_once(EXIT_NO_APPLICATION)
    leave_application_child()
    own.demand_intact(job.name, EXIT_NO_APPLICATION)
    python_logging.add_handler()
