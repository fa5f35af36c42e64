"""A cache on a server that several machines share: `cache2 = name=…,store=redis://…`.

Its keys stand behind `reeve:cache:NAME:`, or the `prefix` of the address. How many items there is
room for, and which are dropped, is the server's business (maxmemory, maxmemory-policy). While the
server is away the cache is empty and takes nothing, which is logged; no request waits long for it.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Callable

from ..output import log
from ..state.cache_layout import CacheTerms
from ..state.cache_slots import CacheFull
from .connection import Away, Connection, parse_address

_OPERATION_SECONDS = 1.0
_SAY_EVERY_SECONDS = 10.0
_SCAN_COUNT = 1000


class FarCache:
    """As `Cache`: keys and values are bytes, times are seconds."""

    def __init__(self, terms: CacheTerms) -> None:
        self.terms = terms
        address = parse_address(terms.store)
        self._connection = Connection(address, _OPERATION_SECONDS)
        self._prefix = address.own.get('prefix', f'reeve:cache:{terms.name}:').encode()
        self._said_at = -_SAY_EVERY_SECONDS

    def get(self, key: bytes) -> bytes | None:
        """The value; None where there is none, it has expired, or the server is away."""
        found: bytes | None = self._run(lambda client: client.get(self._prefix + key), None)
        return found

    def set(self, key: bytes, value: bytes, seconds: int, may_replace: bool) -> bool:
        """Stores a value; False where the key has one and may not be replaced.

        Raises CacheFull, as where the server takes nothing.
        """
        self._demand_room(key, value)
        name, lives = self._prefix + key, self._lives(seconds)
        stored = self._run(lambda client: client.set(name, value, ex=lives, nx=not may_replace), 0)
        if stored == 0:
            raise CacheFull('its server is away')
        return bool(stored)

    def change(self, key: bytes, seconds: int, change: Callable[[int], int]) -> None:
        """Calculates with a number of 8 bytes; one that is not there counts as 0.

        Raises CacheFull.
        """
        self._demand_room(key, bytes(8))
        name, lives = self._prefix + key, self._lives(seconds)

        def calculate(steps: Any) -> None:
            before = int.from_bytes(
                (steps.get(name) or b'')[:8].ljust(8, b'\0'), sys.byteorder, signed=True
            )
            after = change(before) & 0xFFFF_FFFF_FFFF_FFFF
            steps.multi()
            steps.set(name, after.to_bytes(8, sys.byteorder), ex=lives)

        if self._run(lambda client: client.transaction(calculate, name), 0) == 0:
            raise CacheFull('its server is away')

    def exists(self, key: bytes) -> bool:
        """Whether there is an item that has not expired."""
        return bool(self._run(lambda client: client.exists(self._prefix + key), 0))

    def delete(self, key: bytes) -> bool:
        """Removes an item; False where there is none."""
        return bool(self._run(lambda client: client.delete(self._prefix + key), 0))

    def clear(self) -> None:
        """Removes all items."""

        def clear(client: Any) -> None:
            for name in self._names(client):
                client.unlink(name)

        self._run(clear, None)

    def keys(self) -> list[bytes]:
        """Those that have not expired."""
        names: list[bytes] = self._run(lambda client: list(self._names(client)), [])
        return sorted({name[len(self._prefix) :] for name in names})

    def _names(self, client: Any) -> Any:
        pattern = b''.join(
            b'\\' + bytes([each]) if each in b'\\*?[]^' else bytes([each]) for each in self._prefix
        )
        return client.scan_iter(match=pattern + b'*', count=_SCAN_COUNT)

    def _lives(self, seconds: int) -> int | None:
        return None if seconds <= 0 or self.terms.no_expire else seconds

    def _demand_room(self, key: bytes, value: bytes) -> None:
        terms = self.terms
        if len(key) > terms.keysize:
            raise CacheFull(f'its key has {len(key)} bytes, more than keysize = {terms.keysize}')
        most = terms.blocksize * (terms.blocks if terms.bitmap else 1)
        if len(value) > most:
            raise CacheFull(f'its value has {len(value)} bytes, more than {most}')

    def _run(self, operation: Callable[[Any], Any], otherwise: Any) -> Any:
        try:
            return self._connection.run(operation)
        except Away as away:
            now = time.monotonic()
            if now >= self._said_at + _SAY_EVERY_SECONDS:
                self._said_at = now
                sentence = f'the cache "{self.terms.name}" is empty and takes nothing: {away}'
                log.say(sentence, 'cache.store-away')
            return otherwise
