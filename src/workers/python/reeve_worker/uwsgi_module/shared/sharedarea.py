"""Shared areas: uwsgi.sharedarea_read and others. A read under one's own lock does not wait."""

from __future__ import annotations

import struct
from typing import Any, Callable

from ...state import c_library
from ...state.area import Area
from ...state.mutex import LockedTwice
from ..here import Functions, Here, refuse_all
from .cache import data_of

_NUMBERS = {
    '8': struct.Struct('=B'),
    '16': struct.Struct('=h'),
    '32': struct.Struct('=i'),
    '64': struct.Struct('=q'),
    'byte': struct.Struct('=B'),
    'long': struct.Struct('=q'),
}
_TWICE = 'uwsgi.sharedarea_{}: this thread has the lock of area {} already'


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if 'sharedarea' not in here.options:
        return {}
    areas = here.shared.areas
    found = {**_bytes(areas), **_numbers(areas), **_locks(areas)}
    return found if areas else refuse_all(' '.join(found), c_library.WITHOUT_CTYPES)


def _bytes(areas: list[Area]) -> Functions:
    def sharedarea_read(number: int, at: int, size: int = 0) -> bytes:
        """Bytes of an area; without a size all from there on. Raises ValueError."""
        return _call(areas, 'read', number, lambda area: area.read(at, size))

    def sharedarea_write(number: int, at: int, data: bytes) -> None:
        """Writes bytes. Raises ValueError where they do not fit."""
        given = data_of(data)
        _call(areas, 'write', number, lambda area: area.write(at, given))

    def sharedarea_memoryview(number: int) -> memoryview:
        """The area as memory, past its lock."""
        return _call(areas, 'memoryview', number, lambda area: area.memory)

    def sharedarea_object(number: int) -> Any:
        """The area as memory: uWSGI gives an object of Python that was made into an area."""
        return _call(areas, 'object', number, lambda area: area.memory)

    return {
        'sharedarea_read': sharedarea_read,
        'sharedarea_write': sharedarea_write,
        'sharedarea_memoryview': sharedarea_memoryview,
        'sharedarea_object': sharedarea_object,
    }


def _numbers(areas: list[Area]) -> Functions:
    found: Functions = {}
    for name, kind in _NUMBERS.items():
        found[f'sharedarea_read{name}'] = _reader(areas, name, kind)
        found[f'sharedarea_write{name}'] = _writer(areas, name, kind)
    for name in ('32', '64'):
        found[f'sharedarea_inc{name}'] = _adder(areas, f'inc{name}', _NUMBERS[name], 1)
        found[f'sharedarea_dec{name}'] = _adder(areas, f'dec{name}', _NUMBERS[name], -1)
    found['sharedarea_inclong'] = _adder(areas, 'inclong', _NUMBERS['long'], 1)
    return found


def _reader(areas: list[Area], name: str, kind: struct.Struct) -> Any:
    def read(number: int, at: int) -> int:
        """A number of the area. Raises ValueError beyond its end."""
        data: bytes = _call(areas, f'read{name}', number, lambda area: area.read(at, kind.size))
        return int(kind.unpack(data)[0])

    return read


def _writer(areas: list[Area], name: str, kind: struct.Struct) -> Any:
    def write(number: int, at: int, value: int) -> None:
        """Writes a number. Raises OverflowError for a large one, ValueError beyond the end."""
        try:
            data = kind.pack(value)
        except struct.error as error:
            raise OverflowError(str(error)) from None
        _call(areas, f'write{name}', number, lambda area: area.write(at, data))

    return write


def _adder(areas: list[Area], name: str, kind: struct.Struct, sign: int) -> Any:
    def add(number: int, at: int, amount: int = 1) -> None:
        """Changes a number in one step. Raises ValueError beyond the end."""
        _call(areas, name, number, lambda area: area.add(at, kind, sign * amount))

    return add


def _locks(areas: list[Area]) -> Functions:
    def lock(name: str) -> Any:
        def take(number: int) -> None:
            """Waits until no other thread has the lock of the area."""
            try:
                _call(areas, name, number, lambda area: area.lock())
            except LockedTwice:
                raise RuntimeError(_TWICE.format(name, number)) from None

        return take

    def sharedarea_unlock(number: int) -> None:
        """Gives the lock back; nothing where this thread does not have it."""
        _call(areas, 'unlock', number, lambda area: area.unlock())

    return {
        'sharedarea_rlock': lock('rlock'),
        'sharedarea_wlock': lock('wlock'),
        'sharedarea_unlock': sharedarea_unlock,
    }


def _call(areas: list[Area], name: str, number: int, run: Callable[[Area], Any]) -> Any:
    if not 0 <= number < len(areas):
        raise ValueError(f'error calling uwsgi_sharedarea_{name}()')
    try:
        return run(areas[number])
    except IndexError:
        raise ValueError(f'error calling uwsgi_sharedarea_{name}()') from None
