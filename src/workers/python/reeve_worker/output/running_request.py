"""Which request the calling thread runs: for what is logged meanwhile, and for the module `uwsgi`.

A request that came without an id is given one here once something is logged of it, as most log
nothing. The gateway is told at its end, so that both logs and the page of an error have the same.
"""

from __future__ import annotations

import os
from _thread import get_ident
from typing import Any

# Under the names that the gateway's entries give to them.
_FIELDS = ('REQUEST_METHOD', 'REQUEST_URI')
_LETTERS = 'abcdefghijklmnopqrstuvwxyz'
# As the gateway takes them (request.ts): any other header counts as none.
_ID_CHARACTERS = f'{_LETTERS}{_LETTERS.upper()}0123456789._:+/=@-'
_ID_MAX_CHARACTERS = 128
_ID_BYTES = 16
_FAILURE_MAX_CHARACTERS = 300

# The environ of a request, its channel, its response, its body, and when it began (perf_counter).
# A plain tuple: one with names takes five times as long to make.
Run = tuple[dict[str, Any], Any, Any, Any, float]

# The request that each thread runs; wsgi.py writes to it itself, for each request.
runs: dict[int, Run] = {}

# What the gateway is to be told of the request that a thread runs: its id, how it failed.
notes: dict[int, tuple[str, str]] = {}


def current() -> Run | None:
    """The request of the calling thread."""
    return runs.get(get_ident())


def fields() -> list[tuple[str, str]]:
    """The fields of an entry about it; none outside of a request, as at the import."""
    run = runs.get(get_ident())
    if run is None:
        return []
    found = []
    for name in _FIELDS:
        # The application may have changed it meanwhile.
        value = run[0].get(name)
        if value and isinstance(value, str):
            found.append((name, str(value)))
    return [*found, ('REQUEST_ID', _id_in(run[0]))]


def note_failure(text: str) -> str:
    """Notes how the application has failed the running request; the first failure counts.

    Returns the id of the request; '' outside of one.
    """
    run = runs.get(get_ident())
    if run is None:
        return ''
    number = _id_in(run[0])
    if notes.get(get_ident(), ('', ''))[1] == '':
        line = ' '.join(text.split())[:_FAILURE_MAX_CHARACTERS]
        notes[get_ident()] = (number, line)
    return number


def _id_in(environ: dict[str, Any]) -> str:
    noted = notes.get(get_ident())
    if noted is not None:
        return noted[0]
    given = environ.get('HTTP_X_REQUEST_ID')
    if type(given) is str and 0 < len(given) <= _ID_MAX_CHARACTERS:
        if not given.strip(_ID_CHARACTERS):
            return given
    made = os.urandom(_ID_BYTES).hex()
    notes[get_ident()] = (made, '')
    return made
