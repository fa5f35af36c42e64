"""What each signal does in a spawner and a worker.

Nothing a terminal, a log rotator or `systemctl stop` (which may signal the whole cgroup) sends may
cost a request: only the gateway knows when a slot is empty, and it says DRAIN. So these signals do
nothing unless the application gave them a meaning. They have handlers rather than being ignored,
since an ignored signal stays ignored in the programs that the application executes.
"""

from __future__ import annotations

import _signal as signal
from types import FrameType
from typing import Any

from .seeing import stacks

_HARMLESS_FROM_START = (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
_HARMLESS_ONCE_IMPORTED = (signal.SIGTERM,)


def harmless(_number: int, _frame: FrameType | None) -> None:
    """A handler that does nothing."""


def prepare() -> None:
    """Before the application is imported, so that what it sets itself comes later and stays."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in _HARMLESS_FROM_START:
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, harmless)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def take_over_mask() -> set[int]:
    """In the spawner once imported: it needs all signals. Returns what the application blocks."""
    return signal.pthread_sigmask(signal.SIG_SETMASK, [])


def take_over_handlers() -> dict[int, Any]:
    """In the spawner once imported: no handler of the application's runs there.

    One that raises, as for a time limit, would end the spawner. Returns them for its workers.
    """
    taken = {}
    for number in signal.valid_signals() - {signal.SIGCHLD, *stacks.SIGNALS}:
        handler = signal.getsignal(number)
        if callable(handler) and handler is not harmless:
            taken[number] = handler
            signal.signal(number, harmless)
    return taken


def give_back_handlers(taken: dict[int, Any]) -> None:
    """In a worker, while all signals are blocked."""
    for number, handler in taken.items():
        signal.signal(number, handler)


def survive_termination() -> None:
    """Once imported: SIGTERM does nothing either, unless the application has its own handler.

    Until then it ends the process: an import that hangs has no request to lose.
    """
    for number in _HARMLESS_ONCE_IMPORTED:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, harmless)


def restore_for_application_child() -> None:
    """In a child that the application forked: Process.terminate() of multiprocessing must work."""
    stacks.forget_in_application_child()
    for number in _HARMLESS_FROM_START + _HARMLESS_ONCE_IMPORTED:
        if signal.getsignal(number) is harmless:
            python_default = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if python_default else signal.SIG_DFL)
