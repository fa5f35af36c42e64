"""Which request the calling thread runs: for what is logged meanwhile, and for the module `uwsgi`.
"""

from __future__ import annotations

from _thread import get_ident
from typing import Any

# Under the names that the gateway's entries give to them.
_FIELDS = (
    ('REQUEST_METHOD', 'REQUEST_METHOD'),
    ('REQUEST_URI', 'REQUEST_URI'),
    ('REQUEST_ID', 'HTTP_X_REQUEST_ID'),
)

# The environ of a request, its channel, its response, its body, and when it began (perf_counter).
# A plain tuple: one with names takes five times as long to make.
Run = tuple[dict[str, Any], Any, Any, Any, float]

# The request that each thread runs; wsgi.py writes to it itself, for each request.
runs: dict[int, Run] = {}


def current() -> Run | None:
    """The request of the calling thread."""
    return runs.get(get_ident())


def fields() -> list[tuple[str, str]]:
    """The fields of an entry about it; none outside of a request, as at the import."""
    run = runs.get(get_ident())
    return [] if run is None else fields_of(run[0])


def fields_of(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Those of an environ, which the application may have changed meanwhile."""
    found = []
    for field, name in _FIELDS:
        value = environ.get(name)
        if value and isinstance(value, str):
            found.append((field, str(value)))
    return found
