"""Finds and imports the operator's WSGI callables, and says in one sentence which step failed.

As under uWSGI: the working directory is importable, a file is executed as the module
`uwsgi_file_<mangled path>` (so that pickle finds its classes), sys.argv starts with `uwsgi`.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types
from typing import Any, Callable, NamedTuple

from . import callables, load_failure, paste
from ..control import ApplicationSource, SpawnerSettings
from ..own_descriptors import own
from .absent import Absence, absent_application
from .load_failure import LoadFailure

WsgiCallable = Callable[..., Any]

_PATH_MAX_CHARACTERS = 800
_PACKAGE_FILE = '__init__.py'


class _Target(NamedTuple):
    """What to import and which callable to take from it."""

    module: str
    callable: str
    is_file: bool
    is_paste: bool = False

    def __str__(self) -> str:
        return f'{"file" if self.is_file else "module"} "{self.module}"'


def prepare_interpreter(settings: SpawnerSettings) -> None:
    """Sets sys.path and sys.argv as the application expects them."""
    extend_path(settings.python_path)
    sys.argv[:] = ['uwsgi', *settings.argv]


def extend_path(directories: list[str]) -> None:
    """The last directory is searched first, as in uWSGI, and the working directory after all."""
    sys.path[:0] = [*reversed(directories), '.', '']


def interpreter_facts() -> dict[str, str]:
    """What tells an operator where packages must be installed; each short enough for a message."""
    return {
        'version': sys.version.split()[0],
        'executable': (sys.executable or '-')[:_PATH_MAX_CHARACTERS],
        'environment': load_failure.virtual_environment()[:_PATH_MAX_CHARACTERS],
        'prefix': sys.prefix[:_PATH_MAX_CHARACTERS],
    }


class Loaded(NamedTuple):
    """The applications by their numbers, and those whose place is only held."""

    applications: list[WsgiCallable]
    absences: list[Absence]


def load_all(settings: SpawnerSettings) -> Loaded:
    """Loads the applications in order.

    Raises LoadFailure at the first that does not load and has to, and where none of them loads.
    """
    loaded = Loaded([], [])
    for number, source in enumerate(settings.applications):
        try:
            loaded.applications.append(_load(source, settings))
        except LoadFailure as failure:
            if own.in_application_child or source.mount not in settings.may_lack:
                raise
            loaded.applications.append(absent_application)
            loaded.absences.append(Absence(number, source, failure))
    if loaded.absences and len(loaded.absences) == len(loaded.applications):
        raise loaded.absences[0].failure
    return loaded


def _load(source: ApplicationSource, settings: SpawnerSettings) -> WsgiCallable:
    target = target_of(source)
    try:
        if target.is_paste:
            return paste.load(source.name, sets_up_logging=settings.paste_logger)
        if target.is_file:
            module = execute_file(target.module, 'uwsgi_file_' + mangled(target.module))
        else:
            module = import_module(target.module)
        return _find_callable(module, target)
    except LoadFailure as failure:
        failure.sentence = f'{failure.sentence} ({source.origin})'
        raise


def target_of(source: ApplicationSource) -> _Target:
    """Splits `module:callable`; a file may be written so too, when no file has the whole name."""
    name, is_file = source.name, source.kind == 'file'
    if source.kind == 'paste':
        return _Target(name, '', is_file=False, is_paste=True)
    wanted = source.callable or 'application'
    if ':' in name and not (is_file and os.path.exists(name)):
        name, _, chosen = name.rpartition(':')
        wanted = chosen or wanted
    if not name:
        what = f'"{source.name}" names no module'
        raise LoadFailure(f'{what}; write MODULE:CALLABLE ({source.origin})')
    return _Target(name, wanted, is_file)


def demand_module_name(name: str) -> None:
    """Raises LoadFailure for what cannot be imported by name."""
    if '/' in name or name.startswith('.'):
        raise load_failure.of_path(name)


def import_module(name: str) -> types.ModuleType:
    """Imports a module by its name. Raises LoadFailure."""
    demand_module_name(name)
    try:
        return importlib.import_module(name)
    except BaseException as error:
        raise load_failure.of_import(name, error) from None


def read_source(path: str) -> tuple[str, bytes]:
    """The absolute path of a file, and what it holds. Raises LoadFailure.

    The name of a directory stands for the package in it.
    """
    absolute = os.path.abspath(path)
    if os.path.isdir(absolute):
        absolute = os.path.join(absolute, _PACKAGE_FILE)
    try:
        with open(absolute, 'rb') as file:
            return absolute, file.read()
    except OSError as error:
        shown = absolute if os.path.isdir(path) else path
        raise load_failure.of_file(shown, error) from None


def execute_file(path: str, name: str) -> types.ModuleType:
    """Runs a file as the module `name`. It need not be importable: any extension, dashes.

    It is compiled from its source each time: a cached compilation is told from a newer source by
    size and whole seconds only, too coarse for who edits and reloads.
    """
    absolute, source = read_source(path)
    loader = importlib.machinery.SourceFileLoader(name, absolute)
    places = [os.path.dirname(absolute)] if os.path.isdir(path) else None
    spec = importlib.util.spec_from_file_location(
        name, absolute, loader=loader, submodule_search_locations=places
    )
    module = types.ModuleType(name)
    module.__file__ = absolute
    module.__spec__ = spec
    module.__loader__ = loader
    if places is not None:
        module.__path__ = places
        module.__package__ = name
    # Else `exec` gives it the shim's own, whose __import__ knows private modules only.
    vars(module)['__builtins__'] = importlib.import_module.__globals__['__builtins__']
    sys.modules[name] = module
    try:
        exec(compile(source, absolute, 'exec', dont_inherit=True), module.__dict__)
    except BaseException as error:
        sys.modules.pop(name, None)
        raise load_failure.of_execution(f'file "{path}"', error, [absolute]) from None
    return module


def mangled(path: str) -> str:
    """`sub/flask-app.py` → `sub_flask-app`, as uWSGI names it."""
    name = path.replace('.', '_').replace('/', '_')
    return name[:-3] if name.endswith('_py') else name


def _find_callable(module: types.ModuleType, target: _Target) -> WsgiCallable:
    found: Any = module
    if '(' in target.callable.replace('()', ''):
        raise load_failure.of_arguments(str(target), target.callable)
    for index, part in enumerate(target.callable.split('.')):
        name, is_called = _factory_name(part)
        try:
            found = getattr(found, name)
        except AttributeError:
            if index == 0:
                raise load_failure.of_missing_callable(str(target), name, module) from None
            raise LoadFailure(f'"{target.callable}" in {target}: there is no "{name}"') from None
        except BaseException as error:
            raise load_failure.of_execution(f'{name} of {target}', error, []) from None
        if is_called:
            found = _call_factory(found, name, target)
    fault = callables.fault_of(found)
    if fault:
        raise load_failure.of_wrong_callable(f'"{target.callable}" in {target}', fault, module)
    application: WsgiCallable = found
    return application


def _call_factory(factory: Any, name: str, target: _Target) -> Any:
    if not callable(factory):
        fault = callables.fault_of(factory)
        raise LoadFailure(f'"{name}" in {target}{fault}')
    lacks = load_failure.needs_arguments(name, factory)
    if lacks:
        raise LoadFailure(f'{name}() of {target} cannot be called{lacks}')
    try:
        return factory()
    except BaseException as error:
        raise load_failure.of_execution(f'{name}() of {target}', error, []) from None


def _factory_name(part: str) -> tuple[str, bool]:
    """`create_app()` is called without arguments."""
    part = part.strip()
    return (part[:-2], True) if part.endswith('()') else (part, False)
