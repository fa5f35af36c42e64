"""The threads of a worker's slots, started without `threading.Thread`.

An application may have replaced all of `threading`, as gevent does, whose threads are no threads of
the system. The application still finds a thread like any other in `threading.current_thread()`:
with a name, not a daemon's, and with the hooks of threading.settrace() and setprofile().
"""

from __future__ import annotations

import _thread
import sys
from _weakref import ref
from typing import Any, Callable

from ..refusal import ThreadRefused

# From Python 3.13 on a thread can be joined. Before, it has a lock that is released when all that
# belongs to it is gone.
_IS_JOINABLE = hasattr(_thread, 'start_joinable_thread')
# How often it is looked whether a thread that has not begun has ended.
_LOOK_SECONDS = 0.05


def prepare() -> None:
    """Before the application is imported: `threading` takes the thread that imports it for the main
    one, which a slot's is not.
    """
    import threading  # noqa: F401


def start(name: str, run: Callable[[], None]) -> Callable[[], None]:
    """Runs a function in a thread of its own; returns a function that waits for its end.

    `run` must not raise. Raises ThreadRefused where the system has no room for one more thread, and
    MemoryError where there is none for what it needs.
    """

    def live() -> None:
        _introduce(name)
        run()

    return _start(live)


def run_briefly(run: Callable[[], None]) -> None:
    """Runs a function in a thread of its own, to its end. Raises as `start`, and what it raises."""
    raised: list[BaseException] = []

    def live() -> None:
        try:
            run()
        except BaseException as error:
            raised.append(error)

    _start(live)()
    if raised:
        raise raised[0]


class _Beginning:
    """What a thread runs first: `over` is released when it has begun."""

    def __init__(self, live: Callable[[], None], over: Any, ends: list[Any]) -> None:
        self._live, self._over, self._ends = live, over, ends

    def __call__(self) -> None:
        end = None
        if not _IS_JOINABLE:
            end = _thread._set_sentinel()  # type: ignore[attr-defined]
            end.acquire()
        self._ends.append(end)
        self._over.release()
        self._live()


def _start(live: Callable[[], None]) -> Callable[[], None]:
    ends: list[Any] = []
    over = _thread.allocate_lock()
    over.acquire()
    beginning = _Beginning(live, over, ends)
    # A thread that has no memory for its first function ends, and nobody is told; but it lets go of
    # the function, and an append in C needs no memory of that thread.
    let_go: list[Any] = []
    watch = ref(beginning, let_go.append)
    handle: Any = None
    try:
        if _IS_JOINABLE:
            start_joinable_thread: Any = getattr(_thread, 'start_joinable_thread')
            handle = start_joinable_thread(beginning, daemon=True)
        else:
            _thread.start_new_thread(beginning, ())
    except RuntimeError as error:
        raise ThreadRefused from error
    del beginning
    while not over.acquire(timeout=_LOOK_SECONDS):
        if let_go and not ends:
            raise MemoryError('a thread has ended before it began')
    del watch
    if handle is not None:
        join: Callable[[], None] = handle.join
        return join

    def wait() -> None:
        ends[0].acquire()

    return wait


def _introduce(name: str) -> None:
    """Gives the calling thread its place in `threading`, in whatever state that is."""
    threading: Any = sys.modules.get('threading')
    try:
        thread = threading.current_thread()
        thread.name = name
        thread._daemonic = False  # Else threads that a request starts would be daemons, too.
        trace, profile = threading._trace_hook, threading._profile_hook
    except Exception:
        return  # The application has put something else there, and finds that.
    if profile is not None:
        sys.setprofile(profile)
    if trace is not None:
        sys.settrace(trace)
