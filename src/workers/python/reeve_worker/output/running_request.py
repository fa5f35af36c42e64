"""Which request the calling thread runs, for what is logged meanwhile."""

from __future__ import annotations

from _thread import get_ident
from typing import Any

# Under the names that the gateway's entries give to them.
_FIELDS = (
    ('REQUEST_METHOD', 'REQUEST_METHOD'),
    ('REQUEST_URI', 'REQUEST_URI'),
    ('REQUEST_ID', 'HTTP_X_REQUEST_ID'),
)

# The environ of the request that a thread runs; wsgi.py writes to it itself, for each request.
environs: dict[int, dict[str, Any]] = {}


def fields() -> list[tuple[str, str]]:
    """The fields of an entry about it; none outside of a request, as at the import."""
    return fields_of(environs.get(get_ident(), {}))


def fields_of(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Those of an environ, which the application may have changed meanwhile."""
    found = []
    for field, name in _FIELDS:
        value = environ.get(name)
        if value and isinstance(value, str):
            found.append((field, str(value)))
    return found
