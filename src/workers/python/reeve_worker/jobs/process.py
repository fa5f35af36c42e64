"""The life of a mule or a spooler: its title, the application, its work, and its end.

SIGTERM asks it to end. A spooler finishes its task, and a mule the message or the signal that it
has got; a mule that has none, or runs a program of its own, gets SystemExit.
"""

from __future__ import annotations

import _signal as signal
import os
import sys
from typing import Any

from .. import leaving
from ..control import Control, JobSettings, SpawnerSettings
from ..hooks import running as hooks
from ..loading import application, imports
from ..loading.load_failure import LoadFailure
from ..output import application_output, log, python_logging
from ..output.journal import journal
from ..own_descriptors import own
from ..seeing import stacks
from ..spawner import EXIT_NO_APPLICATION, WorkerOrder, exit_at_once, leave_application_child
from ..state.mailbox import Mailbox
from ..title import set_title
from ..uwsgi_module.here import Here
from . import mule
from .receiving import Receiver
from .spooler import Spooler


def run(
    settings: SpawnerSettings, job: JobSettings, control: Control, order: WorkerOrder, here: Here
) -> int:
    """Returns the exit code."""
    set_title(job.title)
    journal.become(job.name, settings.generation)
    here.who = job.name
    if job.kind == 'mule':
        here.mule_id = job.number
    else:
        here.is_spooler = True
    _load(settings, job, control, order)
    stacks.prepare()
    here.receiver = _receiver_of(settings, here)
    life = _Life(job, here, here.receiver)
    life.take_signals()
    control.send({'type': 'job-started', 'slot': job.slot, 'pid': os.getpid()})
    code = life.work(control)
    if own.in_application_child:
        leaving.leave(code)
    application_output.flush()
    leaving.bound(settings.exit_limit, job.name)
    here.run_hook('atexit', job.name)
    return code


def _receiver_of(settings: SpawnerSettings, here: Here) -> Receiver:
    """What is for this process alone comes first, then what is for others as well."""
    if here.is_spooler:
        own_places = ['spoolers']
    else:
        in_farms = [name for name, mules in settings.farms.items() if here.mule_id in mules]
        own_places = [f'mule {here.mule_id}', 'mules', *[f'farm {name}' for name in in_farms]]

    def of(kind: str) -> list[Mailbox]:
        found = (here.shared.mailboxes.get(f'{kind} {place}') for place in own_places)
        return [mailbox for mailbox in found if mailbox is not None]

    return Receiver(of('messages'), of('signals'), here.shared.is_stopping)


class _Life:
    """What runs, and whether it is asked to end."""

    def __init__(self, job: JobSettings, here: Here, receiver: Receiver) -> None:
        self._job = job
        self._here = here
        self._receiver = receiver
        self._spooler: Spooler | None = None
        self._is_leaving = False

    def take_signals(self) -> None:
        """What the application sets for SIGTERM later stays in a mule."""
        signal.set_wakeup_fd(self._receiver.wake_write, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        signal.signal(signal.SIGTERM, self._leave)

    def work(self, control: Control) -> int:
        """To the end of it; returns the exit code."""
        try:
            self._here.run_hook('post_fork_hook', self._job.name)
            leave_application_child()
            if self._job.kind == 'spooler':
                return self._spool(control)
            if self._job.program:
                mule.run_program(self._job)
                return 0
            mule.serve(self._job, self._here, self._receiver)
        except SystemExit as error:
            return leaving.exit_code(error)
        except BaseException as error:
            if not self._job.program:
                raise
            headline = f'{self._job.name}: {self._job.program} has ended by an exception'
            text = log.format_application_error(error)
            log.report('job.failed', headline, text, log.error_fields(error))
            return 1

    def _spool(self, control: Control) -> int:
        """What the application raises is caught where a task runs: the rest is its directory's."""
        try:
            self._spooler = Spooler(self._job, control, self._here, self._receiver)
            if not self._is_leaving:
                self._spooler.run()
            return 0
        except OSError as error:
            sentence = f'{self._job.name} cannot use {self._job.directory}: {error.strerror}'
            log.say(sentence, 'job.store-away')
            return 1

    def _leave(self, _number: int, _frame: Any) -> None:
        """A mule that handles nothing ends where it is, as Python programs do not end otherwise."""
        self._is_leaving = True
        self._receiver.leave()
        if self._spooler is not None:
            self._spooler.leave()
        elif self._job.kind == 'mule' and not self._receiver.is_in_use:
            sys.exit(0)


def _load(
    settings: SpawnerSettings, job: JobSettings, control: Control, order: WorkerOrder
) -> None:
    """Hooks of mules; the application where the spawner lacks it (lazy-apps); spooler-import."""
    try:
        if job.kind == 'mule':
            hooks.run(settings.hooks, 'as-mule')
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
