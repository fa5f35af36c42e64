"""The caches: uwsgi.cache_get and others, with uWSGI's return values.

A function without a name of a cache works on the first one. Where there is no such cache it returns
what uWSGI returns then.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Callable, Union

from ...output import log
from ...redis_store.cache import FarCache
from ...state.cache import Cache
from ...state.cache_slots import CacheFull
from ..here import Functions, Here, as_text

Caches = dict[str, Union[Cache, FarCache]]

_LONG_END = 1 << 63
_SAY_EVERY_SECONDS = 1.0

_FAR = (
    'uwsgi.cache_*: caches of another instance ({}) cannot be reached; use a server such as Redis'
    ' for what several machines share'
)


def functions(here: Here) -> Functions:
    """By name."""
    caches = here.shared.caches
    say = _Complaints()
    return {**_reading(caches), **_writing(caches, say), **_calculating(caches, say)}


def _reading(caches: Caches) -> Functions:
    first = next(iter(caches.values()), None)

    def cache_get(key: str, cache: str | None = None) -> bytes | None:
        """The value of a key, else None."""
        found = first if cache is None else _named(caches, cache)
        data = key.encode('utf-8', 'surrogateescape') if type(key) is str else data_of(key)
        return None if found is None else found.get(data)

    def cache_exists(key: str, cache: str | None = None) -> bool | None:
        """True where there is such a key, else None."""
        found = _named(caches, cache)
        return True if found is not None and found.exists(data_of(key)) else None

    def cache_num(key: str, cache: str | None = None) -> int:
        """The number that cache_inc and others have made; 0 without."""
        found = _named(caches, cache)
        value = None if found is None else found.get(data_of(key))
        return 0 if value is None else number_of(value)

    def cache_keys(cache: str | None = None) -> list[bytes]:
        """All keys. Raises ValueError where there is no such cache."""
        found = _named(caches, cache)
        if found is None:
            raise ValueError('no local uWSGI cache available')
        return found.keys()

    return {
        'cache_get': cache_get,
        'cache_exists': cache_exists,
        'cache_num': cache_num,
        'cache_keys': cache_keys,
    }


def _writing(caches: Caches, say: _Complaints) -> Functions:
    first = next(iter(caches.values()), None)

    def store(key: Any, value: Any, expires: int, cache: str | None, may_replace: bool) -> Any:
        # The usual types are looked at here: a call for each would take a tenth of the whole.
        name = key.encode('utf-8', 'surrogateescape') if type(key) is str else data_of(key)
        data = value if type(value) is bytes else data_of(value)
        seconds = expires if type(expires) is int else whole(expires)
        found = first if cache is None else _named(caches, cache)
        if found is None or not name or not data:
            return None  # As in uWSGI.
        try:
            seconds = seconds if seconds > 0 else 0
            return True if found.set(name, data, seconds, may_replace) else None
        except CacheFull as full:
            say.refused(found, full)
            return None

    def cache_set(key: str, value: bytes, expires: int = 0, cache: str | None = None) -> Any:
        """Stores a value under a new key; None where the key is there, or no room."""
        return store(key, value, expires, cache, False)

    def cache_update(key: str, value: bytes, expires: int = 0, cache: str | None = None) -> Any:
        """Stores a value; None where there is no room."""
        return store(key, value, expires, cache, True)

    def cache_del(key: str, cache: str | None = None) -> bool | None:
        """Removes a key; None where there is none."""
        found = _named(caches, cache)
        return True if found is not None and found.delete(data_of(key)) else None

    def cache_clear(cache: str | None = None) -> bool | None:
        """Removes all keys."""
        found = _named(caches, cache)
        if found is None:
            return None
        found.clear()
        return True

    return {
        'cache_set': cache_set,
        'cache_update': cache_update,
        'cache_del': cache_del,
        'cache_clear': cache_clear,
    }


def _calculating(caches: Caches, say: _Complaints) -> Functions:
    def calculation(name: str, usual: int, change: Callable[[int, int], int]) -> Any:
        def calculate(
            key: str, amount: int = usual, expires: int = 0, cache: str | None = None
        ) -> bool | None:
            """Calculates with the number of a key, 0 without; None where there is no room."""
            found = _named(caches, cache)
            by, seconds, data = whole(amount), whole(expires), data_of(key)
            if found is None or not data:
                return None
            try:
                found.change(data, max(seconds, 0), lambda before: change(before, by))
            except CacheFull as full:
                say.refused(found, full)
                return None
            return True

        calculate.__name__ = calculate.__qualname__ = name
        return calculate

    return {
        'cache_inc': calculation('cache_inc', 1, lambda number, by: number + by),
        'cache_dec': calculation('cache_dec', 1, lambda number, by: number - by),
        'cache_mul': calculation('cache_mul', 2, lambda number, by: number * by),
        'cache_div': calculation('cache_div', 2, _divided),
    }


def _divided(number: int, by: int) -> int:
    """As C divides, towards 0; by 0 it is 0, as in uWSGI."""
    if by == 0:
        return 0
    quotient = abs(number) // abs(by)
    return quotient if (number < 0) == (by < 0) else -quotient


class _Complaints:
    """What does not fit is logged, at most once a second: a full cache is so for each item."""

    def __init__(self) -> None:
        self._said_at = 0.0

    def refused(self, cache: Cache | FarCache, full: CacheFull) -> None:
        """Logs why an item was not stored."""
        now = time.monotonic()
        if cache.terms.ignore_full or now < self._said_at + _SAY_EVERY_SECONDS:
            return
        self._said_at = now
        log.say(f'the cache "{cache.terms.name}" did not take an item: {full}', 'cache.full')


def number_of(value: bytes) -> int:
    """The number in the first 8 bytes; what is missing counts as 0."""
    return int.from_bytes(value[:8].ljust(8, b'\0'), sys.byteorder, signed=True)


def _named(caches: Caches, name: str | None) -> Cache | FarCache | None:
    if name is None or name == '':
        return next(iter(caches.values()), None)
    text = as_text(name, 'the name of the cache')
    found = caches.get(text)
    if found is None and '@' in text:
        raise NotImplementedError(_FAR.format(text))
    return found


def data_of(value: Any) -> bytes:
    """Bytes, or a str encoded: uWSGI takes either. Raises TypeError."""
    if type(value) is bytes:
        return value
    if isinstance(value, str):
        return value.encode('utf-8', 'surrogateescape')
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f'a bytes-like object is required, not {type(value).__name__!r}')


def whole(value: Any) -> int:
    """A number of 64 bits, as uWSGI takes it. Raises TypeError, OverflowError."""
    if not isinstance(value, int):
        raise TypeError(f'{type(value).__name__!r} object cannot be interpreted as an integer')
    if not -_LONG_END <= value < _LONG_END:
        raise OverflowError('Python int too large to convert to C long')
    return value
