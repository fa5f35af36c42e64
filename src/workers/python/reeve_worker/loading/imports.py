"""`import` and `shared-import`: modules that are loaded before the application, beside it.

As in uWSGI, one that raises is reported with its traceback, and the start goes on without it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import log
from ..control import ImportSource
from ..own_descriptors import own
from . import application
from .load_failure import LoadFailure


def load_beside(sources: Iterable[ImportSource]) -> list[str]:
    """Loads them in order; returns the files of those that failed.

    Raises LoadFailure for one that exits, as the start ends with it under uWSGI too.
    """
    files: list[str] = []
    for source in sources:
        try:
            _load(source.name)
        except LoadFailure as failure:
            failure.sentence = f'{failure.sentence} ({source.origin})'
            # In a child that the module forked the caller ends the process.
            if own.in_application_child or isinstance(failure.cause, SystemExit):
                raise
            headline = f'{failure.sentence}: the start goes on without it'
            log.report('application.import-skipped', headline, failure.text, failure.fields)
            files.extend(failure.files)
    return files


def _load(name: str) -> None:
    if '/' in name or name.endswith('.py'):
        application.execute_file(name, application.mangled(name))
    else:
        application.import_module(name)
