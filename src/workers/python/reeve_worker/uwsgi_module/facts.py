"""Attributes of the module: what the configuration says, and what kind of process this is."""

from __future__ import annotations

import sys
from typing import Any

from .here import VERSION, VERSION_INFO, Functions, Here

# uWSGI's buffer for a request's head is this large unless buffer-size says otherwise.
_BUFFER_BYTES = 4096


def functions(here: Here) -> Functions:
    """All attributes that are no functions."""
    settings, options = here.settings, here.options
    found: Functions = {
        'version': VERSION,
        'version_info': VERSION_INFO,
        'hostname': here.hostname,
        'opt': dict(options),
        'magic_table': {
            character.encode(): value.encode('utf-8', 'surrogateescape')
            for character, value in settings.module_magic
        },
        'numproc': settings.processes,
        'cores': settings.threads,
        'buffer_size': _number(options.get('buffer-size')) or _BUFFER_BYTES,
        'started_on': here.started,
        'has_threads': 1,
        'unbit': None,
        'is_a_reload': settings.generation > 1,
        'applications': None,
        'loop': None,
        # The sockets of clients are the gateway's.
        'sockets': [],
        'SPOOL_OK': -2,
        'SPOOL_RETRY': -1,
        'SPOOL_IGNORE': 0,
        'start_response': _start_response(here),
    }
    found.update(_importers())
    for name in ('mode', 'pidfile'):
        if name in options:
            found[name] = options[name]
    if 'queue' in options:
        found['queue_size'] = _number(options['queue'])
    return found


def _number(value: bytes | bool | None) -> int:
    """As uWSGI reads numbers: the digits at the start."""
    if not isinstance(value, bytes):
        return int(value or 0)
    digits = value.strip().lstrip(b'+')
    length = 0
    while digits[length : length + 1].isdigit():
        length += 1
    return int(digits[:length] or b'0')


def _start_response(here: Here) -> Any:
    def start_response(*arguments: Any) -> Any:
        """The start_response of the request that this thread runs."""
        return here.run()[2].start_response(*arguments)

    return start_response


def _importers() -> Functions:
    """Classes that load modules out of the binary of uWSGI: there is no such binary."""
    return {
        name: type(name, (_Importer,), {'__module__': 'uwsgi'})
        for name in ('SymbolsImporter', 'SymbolsZipImporter', 'ZipImporter')
    }


class _Importer:
    def __init__(self, *_arguments: object) -> None:
        raise NotImplementedError(
            f'uwsgi.{type(self).__name__} loads modules out of the binary of uWSGI; here, put them'
            f' on sys.path, where Python {sys.version_info[0]} imports zip files too'
        )
