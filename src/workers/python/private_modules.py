"""Modules of the shim's own, which no application can change.

An application may replace any function of the standard library (gevent does, as tracing and test
tools do), or of `builtins`. The shim would then run the replacement in the middle of its own work.
So it is loaded with an `__import__` and with builtins of its own, and imports

- the few modules in `_COPIED`, whose Python functions it calls while the application runs, as
  copies that are executed once more, with the same builtins;
- every other module as a snapshot of its names. That is enough for a module in C, whose functions
  look nothing up, and for one that is only needed while the shim is loaded.

`sys` alone stays partly the real one: its functions are a snapshot, while `sys.modules`, `sys.path`
and `sys.stdout` are what they are at the time.

All of it happens before the application is imported; nothing is loaded later.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.util import spec_from_file_location
from os.path import isdir
from types import ModuleType
from typing import Any

# Missing ones are not used by this version of Python.
_COPIED = frozenset(
    [
        '_colorize',
        'codeop',
        'difflib',
        'genericpath',
        'json',
        'json.decoder',
        'json.encoder',
        'json.scanner',
        'linecache',
        'os',
        'posixpath',
        'textwrap',
        'token',
        'tokenize',
        'traceback',
    ]
)
# What functions of those import only when they are called.
_IMPORTED_LATE = (
    ('ast', 'tokenize', 'unicodedata') if sys.version_info >= (3, 11) else ('tokenize',)
)


def load_package(name: str, folder: str) -> ModuleType:
    """Loads the package in `folder` with its `__main__`, which is returned.

    Neither it nor a copy stands in `sys.modules`: the application cannot find them.
    """
    modules = _PrivateModules(name, folder)
    public = dict(sys.modules)
    try:
        for late in _IMPORTED_LATE:
            modules.load(late)
        return modules.load(f'{name}.__main__')
    finally:
        sys.modules.update(public)  # `os` writes its os.path there, and the copy has done so.


class _System(ModuleType):
    """`sys`: a snapshot of its functions, and everything else as it is at the time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class _PrivateModules:
    """The modules that were loaded so far, and the builtins that they all have."""

    def __init__(self, package: str, folder: str) -> None:
        self._package = package
        self._folder = folder
        self._builtins = {**vars(builtins), '__import__': self._import}
        self._loaded: dict[str, ModuleType] = {'sys': _system(), 'builtins': ModuleType('builtins')}
        vars(self._loaded['builtins']).update(self._builtins)

    def load(self, name: str) -> ModuleType:
        """The private module of that name, with the packages around it."""
        if name in self._loaded:
            return self._loaded[name]
        parent, _, last = name.rpartition('.')
        if parent:
            self.load(parent)
        if name in self._loaded:
            return self._loaded[name]  # Its package has imported it.
        is_ours = name.partition('.')[0] == self._package
        module = self._execute(name, is_ours) if is_ours or name in _COPIED else self._take(name)
        if parent:
            setattr(self._loaded[parent], last, module)
        return module

    def _import(
        self,
        name: str,
        importer: Mapping[str, Any] | None = None,
        _locals: Mapping[str, Any] | None = None,
        wanted: Sequence[str] | None = None,
        level: int = 0,
    ) -> ModuleType:
        """What an import statement calls: as `builtins.__import__`."""
        if level:
            package = (importer or {})['__package__']
            above = package.rsplit('.', level - 1)[0]
            name = f'{above}.{name}' if name else above
        module = self.load(name)
        if not wanted:
            return self._loaded[name.partition('.')[0]]
        for each in wanted:
            if each != '*' and not hasattr(module, each):
                self.load(f'{name}.{each}')
        return module

    def _execute(self, name: str, is_ours: bool) -> ModuleType:
        spec = self._find_ours(name) if is_ours else _find(name)
        is_package = spec.submodule_search_locations is not None
        module = ModuleType(name)
        module.__package__ = name if is_package else name.rpartition('.')[0]
        module.__loader__ = spec.loader
        # The module `os` may be frozen into the interpreter, which knows its file all the same.
        file = spec.origin if spec.has_location else getattr(spec.loader_state, 'filename', None)
        if file is not None:
            module.__file__ = file
        vars(module)['__builtins__'] = self._builtins
        self._loaded[name] = module
        exec(spec.loader.get_code(name), vars(module))
        return module

    def _find_ours(self, name: str) -> Any:
        _, *inner = name.split('.')
        path = '/'.join([self._folder, *inner])
        if not isdir(path):
            return spec_from_file_location(name, f'{path}.py')
        return spec_from_file_location(
            name, f'{path}/__init__.py', submodule_search_locations=[path]
        )

    def _take(self, name: str) -> ModuleType:
        public = __import__(name, fromlist=['*'])
        snapshot = ModuleType(name)
        vars(snapshot).update(vars(public))
        self._loaded[name] = snapshot
        return snapshot


def _system() -> ModuleType:
    view = _System('sys')
    functions = {name: value for name, value in vars(sys).items() if callable(value)}
    # The hooks are the application's to replace.
    vars(view).update({name: each for name, each in functions.items() if 'hook' not in name})
    return view


def _find(name: str) -> Any:
    parent = name.rpartition('.')[0]
    path = __import__(parent, fromlist=['*']).__path__ if parent else None
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    raise ModuleNotFoundError(f'No module named {name!r}', name=name)
