"""A process's life: settings, the spawner, and in each forked child the worker.

A fault of the shim's own ends the process with code 70 and says so, so that nobody looks for it in
the application.
"""

from __future__ import annotations

import _signal as signal
import faulthandler
import io
import os
import sys
import time
import traceback
from _socket import socket

from . import leaving, refusal, signals, worker
from .control import CONTROL_FD, Control, SpawnerSettings, parse_settings
from .jobs import process as job_process
from .lifeline import Lifeline
from .loading import finding
from .output import application_output, log, python_logging
from .output.journal import journal
from .own_descriptors import own
from .requests import blame, slot_threads
from .spawner import EXIT_NO_APPLICATION, Spawner, exit_at_once, limit_address_space
from .state.memory import SHARED_FD, SharedMemory
from .state.scoreboard import Scoreboard
from .state.shared_state import SharedState, passed_descriptors
from .title import set_title
from .uwsgi_module.here import Here
from .uwsgi_module.module import install

_EXIT_INTERNAL_ERROR = 70


def main() -> int:
    """Returns the process's exit code; may be left by SystemExit that the application raised."""
    life = _Life()
    try:
        return _run(life)
    except SystemExit:
        raise  # A signal handler of the application's: it may end its own process.
    except BaseException as error:
        if blame.is_of_the_application(error):
            text = log.format_application_error(error)
            log.report('application.raised', '', text, log.error_fields(error), leaving=True)
            return 1
        refused = refusal.error_name(error)
        if refused is not None and life.control is not None:
            life.control.send({'type': 'refused', 'slot': life.slot, 'error': refused})
            os._exit(refusal.EXIT_REFUSED)
        text = traceback.format_exc()
        headline = f'internal error in the Python shim (pid {os.getpid()})'
        log.report('python.crashed', headline, text, leaving=True)
        os._exit(_EXIT_INTERNAL_ERROR)


def find_applications() -> int:
    """Tells `reeve check` which applications are not there; returns the process's exit code."""
    return finding.main()


class _Life:
    """How far this process has come: whom it can tell of a failure, and as whom."""

    control: Control | None = None
    slot = 0  # The spawner's.


def _run(life: _Life) -> int:
    signals.prepare()
    control, lifeline = _take_descriptors()
    leaving.prepare(lifeline.proc)
    life.control = control
    first = control.receive_first()
    if first is None:
        return 0
    settings = parse_settings(first)
    limit_address_space(settings.limits.address_space_bytes)
    log.date_lines(settings.log_date)
    if settings.log_json:
        log.write_records()
    set_title(settings.spawner_title)
    journal.begin(settings.journal, settings.generation)
    log.keep_descriptor()
    if settings.threads > 1:
        slot_threads.prepare()
    if settings.log_python:
        python_logging.take_records()
    _prepare_streams()
    own.close_after_fork(signals.restore_for_application_child)
    own.hold(armed := lifeline.arm())
    here = _make_module(settings, control)
    order = Spawner(settings, control, here.shared).run()
    if order is None:
        return 0
    life.slot = order.slot
    own.release(armed)
    own.hold(lifeline.arm())
    signal.pthread_sigmask(signal.SIG_SETMASK, order.blocked_signals)
    job = next((each for each in settings.jobs if each.slot == order.slot), None)
    if job is not None:
        return job_process.run(settings, job, control, order, here)
    return worker.run(settings, control, order, here)


def _take_descriptors() -> tuple[Control, Lifeline]:
    """The control stream and the lifeline, as ours: executed programs do not get them."""
    os.set_inheritable(CONTROL_FD, False)
    stream = socket(fileno=CONTROL_FD)
    stream.settimeout(None)
    own.hold(stream)
    lifeline = Lifeline()
    for part in lifeline.parts():
        own.hold(part)
    return Control(stream), lifeline


def _make_module(settings: SpawnerSettings, control: Control) -> Here:
    """The module `uwsgi`, with the memory that it shares with other processes.

    Ends the process where the system has no room for what is configured.
    """
    for descriptor in passed_descriptors(settings.shared):
        os.set_inheritable(descriptor, False)
    memory = SharedMemory()
    os.close(SHARED_FD)
    scoreboard = Scoreboard(memory, settings.processes, settings.generation)
    scoreboard.forget()
    try:
        shared = SharedState(memory, settings.shared)
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or str(error)
        sentence = f'there is no shared memory for caches and locks of this size: {reason}'
        control.send({'type': 'import-failed', 'sentence': sentence})
        exit_at_once(EXIT_NO_APPLICATION)
    here = Here(settings, scoreboard, shared, control.send)
    install(here)
    memory.close()
    return here


def _prepare_streams() -> None:
    """Lines reach the log when they end, and whole; a crash in C shows the Python stack.

    PYTHONUNBUFFERED, which many containers set, would write each line and its end apart.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, write_through=False)
    application_output.take_streams()
    _dump_stack_on_crash()


def _dump_stack_on_crash() -> None:
    """faulthandler, without its alternate signal stack for the main thread.

    Python runs every signal handler on that stack once there is one, and it has room for two or
    three frames of a machine with wide registers: as many signals at the same moment would end the
    process with SIGSEGV. The stack belongs to the thread that enables; that one ends at once.
    """
    slot_threads.run_briefly(lambda: faulthandler.enable(log.descriptor()))
    while len(os.listdir('/proc/self/task')) > 1:
        time.sleep(0)
