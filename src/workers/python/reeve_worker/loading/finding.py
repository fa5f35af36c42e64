"""Whether the applications are there, and the library that a server of Redis needs, told without
running any of their code: for `reeve check`.

A file is read and compiled, and not executed. Of a module only the first name is looked for: to
find `shop.wsgi` Python would have to import `shop`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import warnings

from . import application, load_failure, paste
from .load_failure import LoadFailure
from ..control import ApplicationSource
from ..redis_store.connection import missing_library

_ANSWER_FD = 3


def main() -> int:
    """Reads settings from standard input; answers with index and sentence of each absent one.

    What the addresses need has the index behind the last application.
    """
    with open(0, encoding='utf-8', closefd=False) as stream:
        settings = json.loads(stream.read())
    application.extend_path(settings['pythonPath'])
    sources = [ApplicationSource(**source) for source in settings['applications']]
    failures = [(index, _absence_of(source)) for index, source in enumerate(sources)]
    absent = [(index, failure.sentence) for index, failure in failures if failure is not None]
    if sentence := missing_library(settings['addresses']):
        absent.append((len(sources), sentence))
    os.write(_ANSWER_FD, json.dumps(absent).encode('ascii'))
    return 0


def _absence_of(source: ApplicationSource) -> LoadFailure | None:
    try:
        target = application.target_of(source)
        if target.is_paste:
            _find_paste(target.module)
        elif target.is_file:
            _compile(f'file "{target.module}"', *application.read_source(target.module))
        else:
            _find(target.module)
    except LoadFailure as failure:
        return failure
    return None


def _find_paste(written: str) -> None:
    file = paste.file_of(paste.address_of(written))
    if file:
        application.read_source(file)
    try:
        found = importlib.util.find_spec('paste')
    except (ImportError, ValueError):
        return
    if found is None:
        raise load_failure.of_missing_package(f'paste = {written}', 'PasteDeploy')


def _find(name: str) -> None:
    application.demand_module_name(name)
    first = name.partition('.')[0]
    try:
        found = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return  # It is loaded already, or found in a way of its own: importing it will tell.
    if found is None:
        missing = ModuleNotFoundError(f'No module named {first!r}', name=first)
        raise load_failure.of_import(name, missing)
    if name == first and found.has_location and str(found.origin).endswith('.py'):
        _compile(f'module "{name}"', *application.read_source(str(found.origin)))


def _compile(what: str, path: str, source: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            compile(source, path, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise load_failure.of_execution(what, error, [path]) from None
