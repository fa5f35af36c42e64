"""The spawner: imports the application once (unless lazy-apps), forks workers, reports their exits.

One thread. It sleeps in poll() on the control stream and on a pipe that SIGCHLD writes to. Workers
are waited for one by one, never "any child": the application may have children of its own here.
"""

from __future__ import annotations

import _signal as signal
import faulthandler
import gc
import os
import resource
import select
import sys
import time
from _socket import socketpair
from typing import Any, Callable, NamedTuple, NoReturn

from . import leaving, refusal, signals
from .control import Control, Message, SpawnerSettings
from .hooks import running as hooks
from .hooks.accepted import Accepted
from .loading import absent, application, file_pages, imports
from .loading.first_traceback import FirstTraceback
from .loading.load_failure import LoadFailure
from .loading.module_files import ModuleFiles
from .output import application_output, log, python_logging
from .own_descriptors import own
from .redis_store.connection import is_address, library, missing_library
from .seeing import stacks
from .state.shared_state import SharedState, far_stores

EXIT_NO_APPLICATION = 22
# The master kills a spawner that has not left: spawnerLeaveMs in supervision/children.ts.
_EXIT_SECONDS = 2.0
# The workers are forked by then, and what the import needed is not needed any more.
_GIVE_BACK_AFTER_SECONDS = 2.0


class WorkerOrder(NamedTuple):
    """What a forked worker needs to know beyond the settings."""

    slot: int
    token: str
    seen_traceback: str
    cgroup: str
    applications: list[application.WsgiCallable] | None
    module_files: ModuleFiles
    first_traceback: FirstTraceback
    blocked_signals: set[int]
    # Whether no worker of this number has come so far as to take requests.
    is_first: bool
    note_accepting: Callable[[], None]


class Spawner:
    """Lives until the master says exit; its `run` returns once more in each child."""

    def __init__(
        self, settings: SpawnerSettings, control: Control, shared: SharedState
    ) -> None:
        self._settings = settings
        self._control = control
        self._shared = shared
        self._applications: list[application.WsgiCallable] | None = None
        self._module_files = ModuleFiles()
        self._slots: dict[int, int] = {}  # pid → slot of each worker not yet reaped
        self._application_sigchld: Any = signal.SIG_DFL
        self._application_wakeup = -1
        self._application_mask: set[int] = set()
        self._application_handlers: dict[int, Any] = {}
        self._wake_read, self._wake_write = socketpair()
        self._first_traceback = FirstTraceback()
        self._accepted = Accepted(settings.hooks)

    def run(self) -> WorkerOrder | None:
        """Serves the master. Returns an order in a new worker, None at the end of the stream."""
        application.prepare_interpreter(self._settings)
        self._control.send({'type': 'interpreter', **application.interpreter_facts()})
        started = time.monotonic()
        stacks.prepare()
        if not self._settings.lazy_apps or self._settings.shared_imports:
            self._import()
        self._prepare_redis()
        self._report_imported(time.monotonic() - started)
        self._watch_children()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        give_back_at: float | None = time.monotonic() + _GIVE_BACK_AFTER_SECONDS
        while True:
            for message in self._control.receive_waiting():
                order = self._obey(message)
                if order is not None:
                    return order
            ready = [descriptor for descriptor, _ in poll.poll(_ms_until(give_back_at))]
            if give_back_at is not None and time.monotonic() >= give_back_at:
                give_back_at = None
                if _count_threads() == 1:
                    file_pages.give_back()
            if self._wake_read.fileno() in ready:
                self._wake_read.recv(4096)
                self._reap()
            if self._control.fileno() in ready and not self._control.read_more():
                return None

    def _prepare_redis(self) -> None:
        """Its library must be there; it is imported behind the application, for all workers."""
        settings = self._settings
        places = [*settings.spooler_directories, *(far_stores(settings.shared))]
        addresses = [place for place in places if is_address(place)]
        if sentence := missing_library(addresses):
            self._control.send({'type': 'import-failed', 'sentence': sentence})
            exit_at_once(EXIT_NO_APPLICATION)
        if addresses and not settings.lazy_apps:
            library()

    def _import(self) -> None:
        settings = self._settings
        failed: list[str] = []
        try:
            failed += imports.load_beside(settings.shared_imports)
            if not settings.lazy_apps:
                hooks.run(settings.hooks, 'pre-app')
                failed += imports.load_beside(settings.imports)
                self._applications, absences = application.load_all(settings)
                absent.report(absences)
                failed += tell_absences(self._control, absences)
                hooks.run(settings.hooks, 'post-app')
        except LoadFailure as failure:
            leave_application_child(failure)
            log.report('application.import-failed', '', failure.text, failure.fields, leaving=True)
            if settings.autoreload > 0:
                self._control.send_modules(self._module_files.take_new(failed + failure.files))
            is_hook = isinstance(failure, hooks.HookFailed)
            message = {'type': 'import-failed', 'sentence': failure.sentence, 'isHook': is_hook}
            self._control.send(message)
            exit_at_once(EXIT_NO_APPLICATION)
        leave_application_child()
        own.demand_intact('the spawner', EXIT_NO_APPLICATION)
        python_logging.add_handler()
        if settings.autoreload > 0:
            self._control.send_modules(self._module_files.take_new(failed))
        gc.collect()

    def _report_imported(self, seconds: float) -> None:
        """Threads of C libraries are in /proc only; those of Python have names as well."""
        self._control.send(
            {
                'type': 'imported',
                'seconds': round(seconds, 3),
                'extraThreads': max(_count_threads() - 1, 0),
                'threadNames': _thread_names()[:20],
            }
        )

    def _watch_children(self) -> None:
        """After the import: what the application set for SIGCHLD is kept for its workers."""
        # Its thread does not survive a fork, and faulthandler waits for it in C when it is used
        # again, as at the end of a worker.
        faulthandler.cancel_dump_traceback_later()
        signals.survive_termination()
        self._application_handlers = signals.take_over_handlers()
        self._application_mask = signals.take_over_mask()
        stacks.prepare()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
            own.hold(end)
        self._application_sigchld = signal.signal(signal.SIGCHLD, signals.harmless)
        self._application_wakeup = signal.set_wakeup_fd(
            self._wake_write.fileno(), warn_on_full_buffer=False
        )

    def _obey(self, message: Message) -> WorkerOrder | None:
        kind = message.get('type')
        if kind == 'fork':
            return self._fork(message)
        if kind == 'ping':
            self._control.send({'type': 'alive', 'number': message['number']})
        elif kind == 'signal':
            self._post_signal(message['number'], message['mailboxes'])
        elif kind == 'reopen-log':
            log.reopen(self._settings.log_file)
        elif kind == 'exit':
            self._leave()
        return None

    def _post_signal(self, number: int, names: list[str]) -> None:
        """For mules and spoolers, which look into these."""
        for name in names:
            mailbox = self._shared.mailboxes.get(name)
            if mailbox is None or not mailbox.put(bytes([number])):
                self._control.send({'type': 'signal-dropped', 'number': number, 'mailbox': name})

    def _leave(self) -> None:
        """As Python ends: what the application has registered runs, what it has started ends."""
        self._say_lost()
        limit = min(self._settings.exit_limit, _EXIT_SECONDS)
        leaving.bound(limit, 'the spawner', keep=self._slots)
        leaving.leave(0, keep=self._slots)

    def _say_lost(self) -> None:
        """Messages that nobody will take."""
        if not self._shared.is_stopping():
            return
        for name, mailbox in self._shared.mailboxes.items():
            if name.startswith('messages ') and (count := mailbox.waiting()):
                place = name.partition(' ')[2]
                log.say(f'Reeve stops while {count} messages wait for {place}: lost', 'message.lost')

    def _fork(self, message: Message) -> WorkerOrder | None:
        slot: int = message['slot']
        gc.freeze()  # The collector would else write to every object that the workers share.
        announced_read = announced_write = -1
        try:
            announced_read, announced_write = os.pipe()
            pid = own.fork_worker()
        except OSError as error:
            name = refusal.error_name(error) or 'EAGAIN'
            self._control.send({'type': 'fork-failed', 'slot': slot, 'error': name})
            pid = -1
        if pid == 0:
            os.close(announced_write)
            self._become_worker(announced_read)
            return WorkerOrder(
                slot,
                message['token'],
                message.get('seenTraceback', ''),
                message.get('cgroup', ''),
                self._applications,
                self._module_files,
                self._first_traceback,
                self._application_mask,
                *self._accepted.of(slot),
            )
        if pid > 0:
            self._slots[pid] = slot
            self._control.send({'type': 'forked', 'slot': slot, 'pid': pid})
        for end in (announced_read, announced_write):
            if end >= 0:
                os.close(end)
        return None

    def _become_worker(self, announced_read: int) -> None:
        """Undoes what is the spawner's, and waits until the master knows of this process."""
        signal.set_wakeup_fd(self._application_wakeup)
        signal.signal(signal.SIGCHLD, self._application_sigchld or signal.SIG_DFL)
        signals.give_back_handlers(self._application_handlers)
        own.release(self._wake_read)
        own.release(self._wake_write)
        if self._settings.lazy_apps and signal.getsignal(signal.SIGTERM) is signals.harmless:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.read(announced_read, 1)
        os.close(announced_read)

    def _reap(self) -> None:
        for pid, slot in list(self._slots.items()):
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                # The application's own SIGCHLD code may have waited for "any child" before us.
                ended, status = pid, 0
            if ended:
                del self._slots[pid]
                self._report_exit(slot, pid, status)

    def _report_exit(self, slot: int, pid: int, status: int) -> None:
        killed = os.WIFSIGNALED(status)
        self._control.send(
            {
                'type': 'exited',
                'slot': slot,
                'pid': pid,
                'code': -1 if killed else os.WEXITSTATUS(status),
                'signal': os.WTERMSIG(status) if killed else -1,
            }
        )


def tell_absences(control: Control, absences: list[absent.Absence]) -> list[str]:
    """Tells the master which applications did not load; returns the files that take part."""
    if absences:
        numbers = [absence.number for absence in absences]
        control.send({'type': 'applications-absent', 'numbers': numbers})
    return [file for absence in absences for file in absence.failure.files]


def limit_address_space(limit: int) -> None:
    """limit-as, for this process and all that it starts; a lower limit that is there stays.

    Before any thread: the C library reserves 64 MiB for each while there is no limit.
    """
    if limit > 0:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _ms_until(moment: float | None) -> float | None:
    return None if moment is None else max(0.0, moment - time.monotonic()) * 1000


def _count_threads() -> int:
    """All of this process, 0 when that is not known."""
    try:
        return len(os.listdir('/proc/self/task'))
    except OSError:
        return 0


def _thread_names() -> list[str]:
    """Those of Python's threads beside the main one, as far as `threading` can be asked."""
    threading: Any = sys.modules.get('threading')
    try:
        return [str(thread.name)[:60] for thread in threading.enumerate()[1:]]
    except Exception:
        return []


def leave_application_child(failure: LoadFailure | None = None) -> None:
    """Ends a child that the application forked while it was imported, or in a task, a message or a
    handler of a signal, as Python would end it.
    """
    if not own.in_application_child:
        return
    cause = failure.cause if failure is not None else None
    if isinstance(cause, SystemExit):
        leaving.leave(leaving.exit_code(cause))
    if failure is not None:
        log.report('application.raised', '', failure.text, failure.fields, leaving=True)
        leaving.leave(1)
    log.say(f'pid {os.getpid()}, forked by the application, returned from where it was: ended')
    os._exit(1)


def exit_at_once(code: int) -> NoReturn:
    """Ends a process that has served nothing: threads that the import left cannot hold it."""
    log.flush_streams()
    application_output.flush()
    os._exit(code)
