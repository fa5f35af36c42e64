"""`paste`: the application that PasteDeploy makes of an ini.

As in uWSGI, `paste-logger` hands the same file to logging.config.fileConfig first. Unlike there,
the file may say %(here)s in its sections about logging too, and a relative path is no error.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Callable

from ..output import log
from ..own_descriptors import own
from . import callables, load_failure
from .load_failure import LoadFailure

MODULE = 'paste.deploy'
_FILE_SCHEME = 'config:'
_SCHEMES = (_FILE_SCHEME, 'egg:', 'call:')


def load(written: str, *, sets_up_logging: bool) -> Callable[..., Any]:
    """The application of `config:FILE#NAME`. Raises LoadFailure."""
    address = address_of(written)
    file = file_of(address)
    if sets_up_logging and file:
        _set_up_logging(file)
    try:
        deploy: Any = importlib.import_module(MODULE)
        found = deploy.loadapp(address, relative_to=os.getcwd())
    except BaseException as error:
        if type(error) is ModuleNotFoundError and error.name in ('paste', MODULE):
            raise load_failure.of_missing_package(f'paste = {written}', 'PasteDeploy') from None
        raise load_failure.of_execution(f'"{address}"', error, [file] if file else []) from None
    fault = callables.fault_of(found)
    if fault:
        raise LoadFailure(f'what PasteDeploy makes of "{address}"{fault}')
    application: Callable[..., Any] = found
    return application


def address_of(written: str) -> str:
    """As PasteDeploy has it, with its scheme."""
    return written if written.startswith(_SCHEMES) else _FILE_SCHEME + written


def file_of(address: str) -> str:
    """The absolute path of the file that an address names, '' where it names none."""
    if not address.startswith(_FILE_SCHEME):
        return ''
    return os.path.abspath(address[len(_FILE_SCHEME) :].partition('#')[0])


def _set_up_logging(file: str) -> None:
    """A file that says nothing of logging, or something wrong, ends no start, as in uWSGI."""
    try:
        config: Any = importlib.import_module('logging.config')
        config.fileConfig(file, {'__file__': file, 'here': os.path.dirname(file)})
    except BaseException as error:
        failure = load_failure.of_execution(f'paste-logger = {file}', error, [])
        if own.in_application_child or isinstance(error, SystemExit):
            raise failure from None
        headline = f'{failure.sentence}: the start goes on without it'
        log.report('application.import-skipped', headline, failure.text, failure.fields)
