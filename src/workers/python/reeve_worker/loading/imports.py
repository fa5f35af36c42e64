"""Modules that are loaded before the application, beside it: `import`, `shared-import`, and those
that `pymodule-alias` gives another name.

As in uWSGI, one that raises is reported with its traceback, and the start goes on without it; an
alias must be there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from ..control import ImportSource
from ..output import log
from ..own_descriptors import own
from . import application
from .load_failure import LoadFailure


def load_beside(sources: Iterable[ImportSource]) -> list[str]:
    """Loads them in order; returns the files of those that failed.

    Raises LoadFailure for one that exits, and for an alias, as the start ends with those under
    uWSGI too.
    """
    files: list[str] = []
    for source in sources:
        try:
            _load(source)
        except LoadFailure as failure:
            failure.sentence = f'{failure.sentence} ({source.origin})'
            # In a child that the module forked the caller ends the process.
            is_needed = source.alias or isinstance(failure.cause, SystemExit)
            if own.in_application_child or is_needed:
                raise
            headline = f'{failure.sentence}: the start goes on without it'
            log.report('application.import-skipped', headline, failure.text, failure.fields)
            files.extend(failure.files)
    return files


def _load(source: ImportSource) -> None:
    """Of an alias only what has a slash is a file, as in uWSGI."""
    name, alias = source.name, source.alias
    if '/' in name or (name.endswith('.py') and not alias):
        application.execute_file(name, alias or application.mangled(name))
        return
    module = application.import_module(name)
    if alias:
        sys.modules[alias] = module
