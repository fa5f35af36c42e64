"""How a process of ours ends: as Python ends one, but within a limit, and with no child left.

At the end Python runs atexit functions and waits for threads, any of which may hang.
"""

from __future__ import annotations

import _signal as signal
import _thread
import atexit
import faulthandler
import os
import sys
import time
from types import FrameType
from typing import Any, Callable, Collection, NoReturn

from .output import application_output, log
from .own_descriptors import Descriptor, own

_END_SECONDS = 0.5
_LOOK_SECONDS = 0.01
# Python's audit events of what starts a process.
_STARTS = frozenset(['os.fork', 'os.forkpty', 'os.posix_spawn', 'os.system', 'subprocess.Popen'])

_watchdog_at: float | None = None
_proc: list[Descriptor] = []


def prepare(proc: Descriptor) -> None:
    """Before the application registers its atexit functions: ours then runs after them.

    `proc` is the directory, which an application may have put out of reach by os.chroot().
    """
    atexit.register(_start_watchdog)
    _proc.append(proc)


def bound(limit_seconds: float, who: str, keep: Collection[int] | None = None) -> None:
    """From now on this process ends within the limit, by SIGALRM. `keep`: as `leave` has it.

    Where C code keeps its handler from running, a thread of faulthandler's ends the process a
    second later. It is started only once all atexit functions have run, as Python warns of a fork
    in a process with threads.
    """
    global _watchdog_at

    def give_up(_number: int, _frame: FrameType | None) -> None:
        headline = f'{who}: did not shut down within {limit_seconds:g} s; ended where it was:'
        log.report('worker.slow-exit', headline, _stacks(), leaving=True)
        if keep is not None:
            _end_children(keep)
        os._exit(0)

    limit = max(limit_seconds, 0.01)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, give_up)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM, signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, limit)
    _watchdog_at = time.monotonic() + limit + 2 * _END_SECONDS + 1


def leave(code: int, keep: Collection[int] | None = None) -> NoReturn:
    """Waits for threads and runs atexit functions, as at the end of Python; then ends at once.

    `keep`: all children but these are ended, too.
    """
    _wait_for_threads()
    _run_quietly(atexit._run_exitfuncs)
    if keep is not None:
        _end_children(keep)
    log.flush_streams()
    application_output.flush()
    os._exit(code)


def exit_code(error: SystemExit) -> int:
    """The code that Python would end with; shows a text that it would show."""
    code: Any = error.code
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    _run_quietly(lambda: print(code, file=sys.stderr))
    return 1


def _end_children(keep: Collection[int]) -> None:
    """Ends what this process's application has started, but for the children to keep.

    It is looked for again: a thread may just have started another child for one that has ended, as
    those of process pools do.
    """
    _stop_threads_that_start_processes()
    for number in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + _END_SECONDS
        told: set[int] = set()
        while (left := _living(_descendants(keep))) and time.monotonic() < until:
            for pid in left:
                if pid not in told or number == signal.SIGKILL:
                    _kill(pid, number)
            told.update(left)
            time.sleep(_LOOK_SECONDS)


def _stop_threads_that_start_processes() -> None:
    """From now on a thread that starts a process waits, until this one has ended."""
    leaving, never = _thread.get_ident(), _thread.allocate_lock()
    never.acquire()

    def wait(event: str, _arguments: object) -> None:
        if event in _STARTS and _thread.get_ident() != leaving:
            never.acquire()

    try:
        sys.addaudithook(wait)
    except Exception:
        pass  # A hook of the application's does not allow others.


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass  # It has ended meanwhile, or is another user's.


def _start_watchdog() -> None:
    if _watchdog_at is not None and not own.in_application_child:
        seconds = max(_watchdog_at - time.monotonic(), 0.01)
        try:
            faulthandler.dump_traceback_later(seconds, exit=True, file=log.descriptor())
        except RuntimeError:
            pass  # There is no room for a thread; SIGALRM and the master have limits of their own.


def _wait_for_threads() -> None:
    try:
        sys.modules['threading']._shutdown()
    except Exception:
        # There are none; or the application has replaced it; or this is a child that was forked by
        # another thread than the main one, which Python before 3.13 does not know how to wait in.
        pass


def _run_quietly(function: Callable[[], object]) -> None:
    try:
        function()
    except BaseException as error:
        log.report('application.raised', '', log.format_application_error(error))


def _stacks() -> str:
    """Where every thread is, as faulthandler says it: it only writes to descriptors."""
    try:
        with open(os.memfd_create('stacks'), 'w+b') as file:
            faulthandler.dump_traceback(file)
            file.seek(0)
            return file.read().decode('utf-8', 'replace')
    except OSError:
        return ''  # The application has used up its descriptors.


def _descendants(keep: Collection[int]) -> list[int]:
    """The processes below this one, without those to keep and what is below them."""
    children: dict[int, list[int]] = {}
    for name in _names_in_proc():
        if name.isdigit():
            parent = _stat(int(name))[1]
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = [pid for pid in children.get(waiting.pop(), []) if pid not in keep]
        found += below
        waiting += below
    return found


def _names_in_proc() -> list[str]:
    try:
        directory = os.open('.', os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=_proc_number())
    except OSError:
        return []  # The application has used up its descriptors, or closed this one.
    try:
        return os.listdir(directory)
    finally:
        os.close(directory)


def _proc_number() -> int:
    return _proc[0].fileno() if _proc else -1


def _living(pids: list[int]) -> list[int]:
    """A zombie has ended: it is its parent's to wait for."""
    return [pid for pid in pids if _stat(pid)[0] not in ('', 'Z', 'X')]


def _stat(pid: int) -> tuple[str, int]:
    """State and parent of a process; '' and 0 when there is none."""
    try:
        opened = os.open(f'{pid}/stat', os.O_RDONLY | os.O_CLOEXEC, dir_fd=_proc_number())
        with open(opened, 'rb') as file:
            fields = file.read().rpartition(b')')[2].split()
    except OSError:
        return '', 0
    return fields[0].decode(), int(fields[1])
