"""The descriptors that are the shim's own, so that a child of the application's never holds them.

An application may fork (os.fork, multiprocessing). A child that kept a channel open would hide its
worker's death from the gateway, so everything registered here is closed in such a child. Programs
that the application executes never see them: all are close-on-exec.

An application may also close its standard streams. The kernel would then give their numbers to the
next descriptor of ours, and what is printed would go there: ours have higher numbers.
"""

from __future__ import annotations

import _signal as signal
import _thread
import fcntl
import os
from _socket import AF_UNIX, socket
from typing import Callable, Protocol

from .output import application_output, log

_FIRST = 3


class Closable(Protocol):
    """A socket or a raw file: an object, not a number, since a number may be used again."""

    def close(self) -> None: ...

    def fileno(self) -> int: ...


class Descriptor:
    """A descriptor without anything that reads or writes."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        """The number, -1 once closed."""
        return self._number

    def close(self) -> None:
        """Closes it once."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)


# Device and inode: a number that the application closed may stand for a file of its own by now.
Identity = tuple[int, int]


class OwnDescriptors:
    """All that this process holds for Reeve; one instance per process."""

    def __init__(self) -> None:
        self._held: dict[Closable, Identity | None] = {}
        self._forking_worker = False
        self.in_application_child = False

    def hold(self, descriptor: Closable) -> None:
        """Registers a descriptor until `release`."""
        self._held[descriptor] = _identity(descriptor)

    def release(self, descriptor: Closable) -> None:
        """Closes a descriptor and forgets it; one that the application has closed stays held."""
        if self._held.get(descriptor) == _identity(descriptor):
            self._held.pop(descriptor, None)
            descriptor.close()

    def demand_intact(self, who: str, exit_code: int) -> None:
        """Ends a process whose application closed what is ours: nobody could reach it again."""
        for held, identity in list(self._held.items()):
            # Another thread may release it meanwhile: it is forgotten before it is closed.
            if _identity(held) != identity and held in self._held:
                break
        else:
            return
        log.say(
            f'{who}: the application closed descriptors that are not its own, as os.closerange()'
            ' does, and cut the connection to Reeve; it may only close what it has opened'
        )
        os._exit(exit_code)

    def close_after_fork(self, restore_signals: Callable[[], None]) -> None:
        """From now on, closes everything in each child that the application forks.

        Signals wait until the child has its own handlers: one sent right after the fork, as by
        Process.terminate() of multiprocessing, would be lost on ours.
        """
        masks: dict[int, set[int]] = {}  # By thread: two may fork at the same moment.

        def before() -> None:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            masks[_thread.get_ident()] = mask

        def after_in_parent() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, masks.pop(_thread.get_ident()))

        def after_in_child() -> None:
            mask = masks.pop(_thread.get_ident())
            if self._forking_worker:
                return
            self.in_application_child = True
            for descriptor in list(self._held):
                self.release(descriptor)
            log.close_in_application_child()
            application_output.forget_in_application_child()
            restore_signals()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

        os.register_at_fork(
            before=before, after_in_parent=after_in_parent, after_in_child=after_in_child
        )

    def fork_worker(self) -> int:
        """A plain os.fork() whose child keeps our descriptors.

        All signals wait in the child until it calls `signal.pthread_sigmask`.
        """
        self._forking_worker = True
        try:
            return os.fork()
        finally:
            self._forking_worker = False


def above_standard(descriptor: int) -> int:
    """The same open file at a number beyond those of the standard streams. Raises OSError."""
    if descriptor >= _FIRST:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST)
    finally:
        os.close(descriptor)


def open_socket(kind: int) -> socket:
    """A new unix socket that waits as long as it takes, whatever the default timeout is."""
    opened = socket(AF_UNIX, kind)
    if opened.fileno() < _FIRST:
        opened = socket(fileno=above_standard(opened.detach()))
    opened.settimeout(None)
    return opened


def _identity(descriptor: Closable) -> Identity | None:
    """What the number stands for; None when it is closed."""
    try:
        status = os.fstat(descriptor.fileno())
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


own = OwnDescriptors()
