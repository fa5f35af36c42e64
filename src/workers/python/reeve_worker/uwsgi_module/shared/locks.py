"""The locks: uwsgi.lock, unlock and is_locked."""

from __future__ import annotations

from typing import NoReturn

from ...state import c_library
from ...state.mutex import LockedTwice
from ..here import Functions, Here

_TWICE = (
    'uwsgi.lock: this thread has the lock {} already, and would wait for itself for ever; give it'
    ' back with uwsgi.unlock first'
)


def functions(here: Here) -> Functions:
    """By name. The number is 0, or up to what the option locks says."""
    locks = here.shared.locks
    if not locks:
        return {name: _unavailable for name in ('lock', 'unlock', 'is_locked')}
    # A lock and an unlock are one call each where nobody else has the lock.
    cells = {number: each.cell for number, each in enumerate(locks)}
    trylock, give_back = locks[0].trylock, locks[0].unlock

    def lock(number: int = 0) -> None:
        """Waits for a lock. Raises RuntimeError where this thread has it already."""
        try:
            code = trylock(cells[number])
        except KeyError:
            raise _no_lock(number) from None
        if code:
            try:
                locks[number].take(code)
            except LockedTwice:
                raise RuntimeError(_TWICE.format(number)) from None

    def unlock(number: int = 0) -> None:
        """Gives a lock back; nothing where this thread does not have it."""
        try:
            give_back(cells[number])
        except KeyError:
            raise _no_lock(number) from None

    def is_locked(number: int = 0) -> bool:
        """Whether somebody has the lock."""
        if number not in cells:
            raise _no_lock(number)
        each = locks[number]
        if each.try_acquire():
            each.release()
            return False
        return True

    return {'lock': lock, 'unlock': unlock, 'is_locked': is_locked}


def _no_lock(number: object) -> Exception:
    if isinstance(number, int):
        return ValueError('Invalid lock number')
    return TypeError(f'{type(number).__name__!r} object cannot be interpreted as an integer')


def _unavailable(number: int = 0) -> NoReturn:
    raise c_library.Unavailable(f'uwsgi.lock: {c_library.WITHOUT_CTYPES}')
