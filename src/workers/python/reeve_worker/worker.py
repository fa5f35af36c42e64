"""A worker's life: its title, the import with lazy-apps, its slots, and leaving within a limit."""

from __future__ import annotations

import os
import time
from typing import Callable, Iterable

from . import leaving, signals
from .control import Control, SpawnerSettings
from .hooks import running as hooks
from .loading import absent, application, imports
from .loading.auto_gzip import compressing
from .loading.load_failure import LoadFailure
from .output import application_output, log, python_logging
from .output.journal import journal
from .own_descriptors import own
from .requests.file_part import FileWrapper
from .requests.serve import Service, serve
from .requests.signal_wait import wait_for_signal
from .spawner import (
    EXIT_NO_APPLICATION,
    WorkerOrder,
    exit_at_once,
    leave_application_child,
    tell_absences,
)
from .requests.wsgi import Answerer
from .seeing import stacks
from .title import set_title
from .uwsgi_module.here import VERSION, Here
from .uwsgi_module.signals import handle
from .wear import Wear, minds_exceptions, wears


def run(settings: SpawnerSettings, control: Control, order: WorkerOrder, here: Here) -> int:
    """Serves until drained; returns the exit code. The interpreter's own shutdown follows."""
    set_title(settings.worker_title.replace('%d', str(order.slot)))
    _join_cgroup(order.cgroup)
    _become(settings, order.slot)
    here.become_worker(order.slot)
    started = time.monotonic()
    applications = _applications(settings, control, order)
    worker_name = f'worker {order.slot}'
    here.run_hook('post_fork_hook', worker_name)
    leave_application_child()
    signals.survive_termination()
    stacks.prepare()
    seconds = round(time.monotonic() - started, 3)
    control.send(
        {'type': 'worker-started', 'slot': order.slot, 'pid': os.getpid(), 'seconds': seconds}
    )
    wear = Wear(settings.limits, lambda reason: _report_worn(control, order, reason))
    raised = wear.raised if minds_exceptions(settings.limits) else None
    answerer = Answerer(
        list(map(compressing, applications)) if settings.compresses_marked else applications,
        _base_environ(settings, here),
        worker_name,
        here,
        raised,
        shows_exceptions=settings.shows_exceptions,
    )
    service = Service(
        channel_name=settings.channel,
        token=order.token,
        generation=settings.generation,
        slot=order.slot,
        worker_name=worker_name,
        log_file=settings.log_file,
        answer=answerer.answer,
        after_request=_in_turn(
            _module_reporter(settings, control, order),
            wear.after_request if wears(settings.limits) else None,
        ),
        handle_signal=lambda number: handle(here, number, worker_name),
    )
    here.wait_for_signal = lambda wanted: wait_for_signal(service, wanted)
    serve(service, settings.threads)
    application_output.flush()
    leaving.bound(settings.exit_limit, worker_name)
    here.run_hook('atexit', worker_name)
    return 0


def _report_worn(control: Control, order: WorkerOrder, reason: str) -> None:
    control.send(
        {'type': 'worker-outworn', 'slot': order.slot, 'pid': os.getpid(), 'sentence': reason}
    )


def _in_turn(
    first: Callable[[], None] | None, then: Callable[[], None] | None
) -> Callable[[], None] | None:
    """One function for both; None where there is nothing to do after a request."""
    if first is None or then is None:
        return first or then
    before, after = first, then

    def run() -> None:
        before()
        after()

    return run


def _become(settings: SpawnerSettings, slot: int) -> None:
    """What it says from now on is the worker's, and so are its processors."""
    journal.become_worker(slot, settings.generation)
    log.become_worker(slot)
    _take_processors(slot, settings.cpu_affinity)


def chosen_processors(slot: int, count: int, allowed: Iterable[int]) -> set[int]:
    """For cpu-affinity: so many processors in a row, behind those of the worker before.

    Behind the last comes the first, as in uWSGI. That numbers all processors of the machine; here
    those count that this process may use, so that it works in a container too.
    """
    processors = sorted(allowed)
    first = (slot - 1) * count
    return {processors[(first + at) % len(processors)] for at in range(count)}


def _take_processors(slot: int, count: int) -> None:
    """For this thread and all that it starts; where the kernel refuses, all processors remain."""
    if count == 0:
        return
    mine = chosen_processors(slot, count, os.sched_getaffinity(0))
    numbers = ' '.join(str(number) for number in sorted(mine))
    try:
        os.sched_setaffinity(0, mine)
    except OSError as error:
        log.say(f'worker {slot} cannot be mapped to CPUs {numbers}: {error.strerror}')
    else:
        log.say(f'mapping worker {slot} to CPUs: {numbers}')


def _join_cgroup(directory: str) -> None:
    """Moves this process, with what it will start, into the group that the master has made for it.

    A kernel that refuses costs the account of its memory, never the worker.
    """
    if not directory:
        return
    try:
        procs = os.open(os.path.join(directory, 'cgroup.procs'), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(procs, b'0')
        finally:
            os.close(procs)
    except OSError:
        pass


def _applications(
    settings: SpawnerSettings, control: Control, order: WorkerOrder
) -> list[application.WsgiCallable]:
    """Those of the spawner, or imported here (lazy-apps), and then the directory of chdir2.

    A traceback that was shown already is not shown again.
    """
    failed: list[str] = []
    try:
        hooks.run(settings.hooks, 'post-fork')
        if order.applications is not None:
            _enter(settings.worker_directory)
            _accept(settings, order)
            return order.applications
        stacks.prepare()
        hooks.run(settings.hooks, 'pre-app')
        failed = imports.load_beside(settings.imports)
        applications, absences = application.load_all(settings)
        if absences:
            order.first_traceback.show_once(lambda: absent.report(absences))
        failed += tell_absences(control, absences)
        hooks.run(settings.hooks, 'post-app')
        _enter(settings.worker_directory)
        _accept(settings, order)
    except LoadFailure as failure:
        leave_application_child(failure)
        _show(failure, order)
        if settings.autoreload > 0:
            control.send_modules(order.module_files.take_new(failed + failure.files))
        control.send(
            {
                'type': 'worker-failed',
                'isHook': isinstance(failure, hooks.HookFailed),
                'slot': order.slot,
                'pid': os.getpid(),
                'traceback': failure.hash(),
                'sentence': failure.sentence,
            }
        )
        exit_at_once(EXIT_NO_APPLICATION)
        raise
    leave_application_child()
    own.demand_intact(f'worker {order.slot}', EXIT_NO_APPLICATION)
    python_logging.add_handler()
    if settings.autoreload > 0:
        control.send_modules(order.module_files.take_new(failed))
    return applications


def _show(failure: LoadFailure, order: WorkerOrder) -> None:
    def show() -> None:
        log.report('application.import-failed', '', failure.text, failure.fields, leaving=True)

    if order.seen_traceback == '':
        order.first_traceback.show_once(show)
    elif order.seen_traceback != failure.hash():
        show()


def _accept(settings: SpawnerSettings, order: WorkerOrder) -> None:
    """Hooks before this worker takes requests. Raises HookFailed."""
    names = ['accepting', 'accepting-once']
    if order.slot == 1:
        names += ['accepting1', 'accepting1-once']
    for name in names:
        if order.is_first or not name.endswith('-once'):
            hooks.run(settings.hooks, name)
    order.note_accepting()


def _enter(directory: str) -> None:
    """chdir2: relative paths of requests begin there. Raises LoadFailure."""
    try:
        if directory:
            os.chdir(directory)
    except OSError as error:
        sentence = f'the directory {directory} cannot be entered: {error.strerror} (chdir2)'
        raise LoadFailure(sentence) from None


def _base_environ(settings: SpawnerSettings, here: Here) -> dict[str, object]:
    """The part of the environ that is the same for every request.

    wsgi.errors is the log itself, not what the application may have put in place of sys.stderr.
    """
    base: dict[str, object] = {
        'wsgi.version': (1, 0),
        'wsgi.errors': application_output.errors_stream(),
        'wsgi.multithread': settings.threads > 1,
        'wsgi.multiprocess': settings.processes > 1,
        'wsgi.run_once': False,
        'wsgi.input_terminated': True,
        'uwsgi.version': VERSION,
        'uwsgi.node': here.hostname,
    }
    if settings.has_file_wrapper:
        base['wsgi.file_wrapper'] = FileWrapper
    return base


def _module_reporter(
    settings: SpawnerSettings, control: Control, order: WorkerOrder
) -> Callable[[], None] | None:
    """Tells the master of modules that a request imported; None when it does not watch them."""
    files = order.module_files
    if settings.autoreload <= 0:
        return None

    def report() -> None:
        if files.have_grown():
            control.send_modules(files.take_new())

    return report
