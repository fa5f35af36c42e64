"""The locks: uwsgi.lock, unlock and is_locked."""

from __future__ import annotations

from ...state import c_library
from ...state.mutex import LockedTwice, Mutex
from ..here import Functions, Here

_TWICE = (
    'uwsgi.lock: this thread has the lock {} already, and would wait for itself for ever; give it'
    ' back with uwsgi.unlock first'
)


def functions(here: Here) -> Functions:
    """By name. The number is 0, or up to what the option locks says."""
    locks = here.shared.locks

    def lock(number: int = 0) -> None:
        """Waits for a lock. Raises RuntimeError where this thread has it already."""
        try:
            _numbered(locks, number).acquire()
        except LockedTwice:
            raise RuntimeError(_TWICE.format(number)) from None

    def unlock(number: int = 0) -> None:
        """Gives a lock back; nothing where this thread does not have it."""
        _numbered(locks, number).release()

    def is_locked(number: int = 0) -> bool:
        """Whether somebody has the lock."""
        each = _numbered(locks, number)
        if each.try_acquire():
            each.release()
            return False
        return True

    return {'lock': lock, 'unlock': unlock, 'is_locked': is_locked}


def _numbered(locks: list[Mutex], number: int) -> Mutex:
    if not locks:
        raise c_library.Unavailable(f'uwsgi.lock: {c_library.WITHOUT_CTYPES}')
    if not 0 <= number < len(locks):
        raise ValueError('Invalid lock number')
    return locks[number]
