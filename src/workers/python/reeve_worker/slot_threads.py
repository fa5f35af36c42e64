"""The threads of a worker's slots, started without `threading.Thread`.

An application may have replaced all of `threading`, as gevent does, whose threads are no threads of
the system. The application still finds a thread like any other in `threading.current_thread()`:
with a name, not a daemon's, and with the hooks of threading.settrace() and setprofile().
"""

from __future__ import annotations

import _thread
import sys
from typing import Any, Callable

from .refusal import ThreadRefused


def prepare() -> None:
    """Before the application is imported: `threading` takes the thread that imports it for the main
    one, which a slot's is not.
    """
    import threading  # noqa: F401


def start(name: str, run: Callable[[], None]) -> Callable[[], None]:
    """Runs a function in a thread of its own; returns a function that waits for its end.

    `run` must not raise. Raises ThreadRefused where the system has no room for one more thread.
    """

    def live() -> None:
        _introduce(name)
        run()

    try:
        return _start(live)
    except RuntimeError as error:
        raise ThreadRefused from error


def _start(live: Callable[[], None]) -> Callable[[], None]:
    start_joinable_thread = getattr(_thread, 'start_joinable_thread', None)
    if start_joinable_thread is not None:
        join: Callable[[], None] = start_joinable_thread(live, daemon=True).join
        return join
    # Before Python 3.13: a lock that is released when all that belongs to the thread is gone.
    ends: list[Any] = []
    started = _thread.allocate_lock()
    started.acquire()

    def live_until_gone() -> None:
        ends.append(_thread._set_sentinel())  # type: ignore[attr-defined]
        ends[0].acquire()
        started.release()
        live()

    _thread.start_new_thread(live_until_gone, ())
    started.acquire()

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
