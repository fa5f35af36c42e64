"""Locks between processes and threads: robust mutexes of the C library, in shared memory.

The kernel knows which mutexes a thread holds. When the thread's process dies, whatever the reason,
the next one that takes the lock is told so (EOWNERDEAD) and has it: it repairs what the lock
guards. flock(2) and locks of open file descriptions do not do: a child that was forked meanwhile
holds them on, and processes that share the description do not exclude each other.
"""

from __future__ import annotations

import errno
import time
from typing import Any, Callable, TypeVar

from . import c_library

Result = TypeVar('Result')

SIZE = c_library.CELL_BYTES

_PROCESS_SHARED = 1
_ROBUST = 1
_ERROR_CHECK = 2
# A signal handler in Python runs only between two waits.
_WAIT_SECONDS = 0.5


class LockedTwice(RuntimeError):
    """The calling thread has the lock already: it would wait for itself for ever."""


def prepare(memory: memoryview, offset: int) -> None:
    """Makes the memory at the offset a lock that nobody has. Raises Unavailable."""
    attributes = c_library.cell()
    steps = [
        c_library.quick('pthread_mutexattr_init')(attributes),
        c_library.quick('pthread_mutexattr_setpshared')(attributes, _PROCESS_SHARED),
        c_library.quick('pthread_mutexattr_setrobust')(attributes, _ROBUST),
        c_library.quick('pthread_mutexattr_settype')(attributes, _ERROR_CHECK),
        c_library.quick('pthread_mutex_init')(c_library.cell(memory, offset), attributes),
    ]
    failed = next((code for code in steps if code), 0)
    if failed:
        raise OSError(failed, 'the C library refuses a robust mutex')


class Mutex:
    """A lock that `prepare` has made, in the memory of this process."""

    __slots__ = ('cell', 'trylock', 'unlock', '_timedlock', '_consistent')

    def __init__(self, memory: memoryview, offset: int) -> None:
        # For callers that count each call: `trylock(cell)` is 0, or `take` has the rest to do.
        self.cell = c_library.cell(memory, offset)
        self.trylock = c_library.quick('pthread_mutex_trylock')
        self.unlock = c_library.quick('pthread_mutex_unlock')
        self._timedlock = c_library.waiting('pthread_mutex_timedlock')
        self._consistent = c_library.quick('pthread_mutex_consistent')

    def acquire(self) -> bool:
        """Waits for the lock. True: its owner died with it, and what it guards may be half done.

        Raises LockedTwice.
        """
        code = self.trylock(self.cell)
        return False if code == 0 else self.take(code)

    def run(self, guarded: Callable[..., Result], *arguments: object) -> Result:
        """Runs a function while this thread has the lock.

        The lock is taken inside `try`: an exception of a signal handler may come at any time.
        """
        held = True
        try:
            code = self.trylock(self.cell)
            if code:
                held = False
                self.take(code)
                held = True
            return guarded(*arguments)
        finally:
            if held:
                self.unlock(self.cell)

    def try_acquire(self) -> bool:
        """Takes the lock if nobody has it."""
        code = self.trylock(self.cell)
        if code == errno.EOWNERDEAD:
            self._consistent(self.cell)
        return code in (0, errno.EOWNERDEAD)

    def release(self) -> bool:
        """Gives it back; False where the calling thread does not have it."""
        return bool(self.unlock(self.cell) == 0)

    def take(self, code: int) -> bool:
        """As `acquire`, after `trylock` has returned a code that is not 0."""
        while code in (errno.EBUSY, errno.ETIMEDOUT, errno.EINTR):
            code = self._timedlock(self.cell, _deadline())
        if code == errno.EOWNERDEAD:
            self._consistent(self.cell)
            return True
        if code == errno.EDEADLK:
            raise LockedTwice('this thread has the lock already, and would wait for itself')
        if code:
            raise OSError(code, 'the lock cannot be taken')
        return False


def _deadline() -> Any:
    moment = time.time() + _WAIT_SECONDS
    return c_library.timespec(int(moment), int(moment % 1 * 1_000_000_000))
