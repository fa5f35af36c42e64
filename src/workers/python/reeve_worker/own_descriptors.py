"""The descriptors that are the shim's own, so that a child of the application's never holds them.

An application may fork (os.fork, multiprocessing). A child that kept a channel open would hide its
worker's death from the gateway, so everything registered here is closed in such a child. Programs
that the application executes never see them: all are close-on-exec.
"""

from __future__ import annotations

import os
import signal
from typing import Callable, Protocol, Set


class Closable(Protocol):
    """A socket or a raw file: an object, not a number, since a number may be used again."""

    def close(self) -> None: ...


class OwnDescriptors:
    """All that this process holds for Reeve; one instance per process."""

    def __init__(self) -> None:
        self._held: set[Closable] = set()
        self._forking_worker = False
        self.in_application_child = False
        self.unblocked: set[int] = set()

    def hold(self, descriptor: Closable) -> None:
        """Registers a descriptor until `release`."""
        self._held.add(descriptor)

    def release(self, descriptor: Closable) -> None:
        """Closes a descriptor and forgets it."""
        self._held.discard(descriptor)
        descriptor.close()

    def close_after_fork(self, restore_signals: Callable[[], None]) -> None:
        """From now on, closes everything in each child that the application forks."""

        def after_in_child() -> None:
            if self._forking_worker:
                return
            self.in_application_child = True
            for descriptor in self._held:
                descriptor.close()
            self._held.clear()
            restore_signals()

        os.register_at_fork(after_in_child=after_in_child)

    def fork_worker(self) -> int:
        """A plain os.fork() whose child keeps our descriptors.

        Signals wait in the child until it calls `signal.pthread_sigmask` with `unblocked`.
        """
        self.unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._forking_worker = True
        pid = -1
        try:
            pid = os.fork()
        finally:
            self._forking_worker = False
            if pid != 0:
                signal.pthread_sigmask(signal.SIG_SETMASK, self.unblocked)
        return pid


own = OwnDescriptors()
