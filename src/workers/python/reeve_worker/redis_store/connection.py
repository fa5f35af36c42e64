"""The connection to a server of Redis or Valkey, by an address such as redis://host:6379/0?queue=x.

One client for each process: it is made at the first use, so that no fork shares its sockets.
"""

from __future__ import annotations

import os
import time
from importlib import import_module
from importlib.util import find_spec
from collections.abc import Iterable
from typing import Any, Callable, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

_LIBRARIES = ('redis', 'valkey')
# The libraries' names for the same two protocols.
_SCHEMES = {'valkey': 'redis', 'valkeys': 'rediss'}
# Ours in the query of an address; all others are the library's.
_OWN_NAMES = frozenset(['queue', 'prefix'])
_OPERATION_SECONDS = 5.0
# While a server is away, operations fail at once for so long after each that has failed.
_REST_SECONDS = 1.0


class Away(Exception):
    """The server cannot be used now; the text says why, and has no password."""


class Address(NamedTuple):
    """`url` is for the library, `shown` for people; `own` is what is ours of the query."""

    url: str
    shown: str
    own: dict[str, str]


def is_address(text: str) -> bool:
    """Whether it names a server, and not a file or a directory."""
    return '://' in text


def parse_address(text: str) -> Address:
    """As the master has checked it."""
    parts = urlsplit(text)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    own = {name: value for name, value in pairs if name in _OWN_NAMES}
    query = urlencode([pair for pair in pairs if pair[0] not in _OWN_NAMES])
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    url = f'{scheme}://{parts.netloc}{parts.path}' + (f'?{query}' if query else '')
    place = parts.netloc.rpartition('@')[2] + parts.path
    queue = f'?queue={own["queue"]}' if 'queue' in own else ''
    return Address(url, f'{parts.scheme}://{place}{queue}', own)


def missing_library(addresses: Iterable[str]) -> str:
    """Why these cannot be used; '' where a library is there. It is not imported for that."""
    named = next(iter(addresses), '')
    if not named or any(find_spec(name) is not None for name in _LIBRARIES):
        return ''
    return f'{parse_address(named).shown} {_NO_LIBRARY}'


_NO_LIBRARY = (
    'needs a client library, and the environment of the application has neither the package redis'
    ' nor valkey; install one: pip install redis'
)


def library() -> Any:
    """The module of the library; None where there is none."""
    for name in _LIBRARIES:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


class Connection:
    """Calls the server; every failure of it is Away."""

    def __init__(self, address: Address, operation_seconds: float = _OPERATION_SECONDS) -> None:
        self.address = address
        self._operation_seconds = operation_seconds
        self._client: Any = None
        self._errors: tuple[type[BaseException], ...] = (OSError,)
        self._pid = 0
        self._rests_until = 0.0
        self._reason = ''

    def run(self, operation: Callable[[Any], Any]) -> Any:
        """What the operation on the client returns. Raises Away."""
        if time.monotonic() < self._rests_until:
            raise Away(self._reason)
        client = self._own_client()
        try:
            return operation(client)
        except self._errors as error:
            self._reason = f'{self.address.shown}: {error}'
            self._rests_until = time.monotonic() + _REST_SECONDS
            raise Away(self._reason) from None

    def _own_client(self) -> Any:
        if self._client is not None and self._pid == os.getpid():
            return self._client
        module = library()
        if module is None:
            raise Away(f'{self.address.shown} {_NO_LIBRARY}')
        error = getattr(module, 'RedisError', None) or module.ValkeyError
        self._errors = (error, OSError)
        make = getattr(module, 'Redis', None) or module.Valkey
        limits = {
            'socket_timeout': self._operation_seconds,
            'socket_connect_timeout': self._operation_seconds,
        }
        try:
            self._client = make.from_url(_for_library(self.address.url, make.__name__), **limits)
        except (TypeError, ValueError) as error:
            raise Away(f'{self.address.shown}: {error}') from None
        self._pid, self._rests_until = os.getpid(), 0.0
        return self._client


def _for_library(url: str, client: str) -> str:
    """The package valkey knows its own scheme alone."""
    return url.replace('redis', 'valkey', 1) if client == 'Valkey' and url[:5] == 'redis' else url
