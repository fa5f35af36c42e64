"""The C library, called through `_ctypes`: what is in C, no application can change.

Where Python was built without it there are no locks between processes, and nothing that needs them.
"""

from __future__ import annotations

import os
from typing import Any

try:
    import _ctypes
except ImportError:
    _ctypes = None  # type: ignore[assignment]

CELL_BYTES = 64  # Of one lock; that of the C library is 40 bytes, on some machines 48.
WITHOUT_CTYPES = 'this Python was built without ctypes, so it has no memory and locks to share'

_PROT_READ_WRITE = 3
_MAP_SHARED = 1


class Unavailable(RuntimeError):
    """The C library cannot be called from this Python."""


def is_available() -> bool:
    """Whether this Python can call it."""
    return _ctypes is not None


def quick(name: str) -> Any:
    """A function that does not wait: the interpreter's lock is kept, which costs half as much."""
    return _Quick(_address_of(name))


def waiting(name: str) -> Any:
    """A function that may wait; other threads run meanwhile."""
    return _Waiting(_address_of(name))


def cell(memory: memoryview | None = None, offset: int = 0) -> Any:
    """CELL_BYTES of memory that can be passed to a function: a part of a region, or new ones."""
    if _ctypes is None:
        raise Unavailable(WITHOUT_CTYPES)
    return _Cell() if memory is None else _Cell.from_buffer(memory, offset)


def timespec(seconds: int, nanoseconds: int) -> Any:
    """A struct timespec: two longs, as on every machine with 64 bits."""
    return _Timespec(seconds, nanoseconds)


def map_file(descriptor: int, offset: int, length: int) -> memoryview:
    """A part of a file as memory, shared with all who map it; it stays until the process ends.

    Unlike the module `mmap` it keeps no descriptor. Raises OSError.
    """
    numbers = (_Long(0), _Long(length), _PROT_READ_WRITE, _MAP_SHARED, descriptor, _Long(offset))
    address = _Mapping(_address_of('mmap'))(*numbers)
    if address == -1:
        raise OSError(_ctypes.get_errno() or 12, os.strerror(_ctypes.get_errno() or 12))
    array = type('Mapped', (_ctypes.Array,), {'_type_': _Byte, '_length_': length})
    return memoryview(array.from_address(address)).cast('B')


def syncer(region: memoryview, flags: int) -> Any:
    """A function that begins to write mapped memory to its file."""
    call, start = quick('msync'), _address(region)

    def sync() -> None:
        call(_Long(start), _Long(len(region)), flags)

    return sync


def _address(region: memoryview) -> int:
    address: int = _ctypes.addressof(_Byte.from_buffer(region))
    return address


def bytes_of(region: memoryview) -> Any:
    """The same memory, whose slices are bytes."""
    if _ctypes is None:
        raise Unavailable(WITHOUT_CTYPES)
    array = type('Bytes', (_ctypes.Array,), {'_type_': _Byte, '_length_': len(region)})
    return array.from_buffer(region)


def _address_of(name: str) -> int:
    if _ctypes is None:
        raise Unavailable(WITHOUT_CTYPES)
    address: int = _ctypes.dlsym(_ctypes.dlopen(None, 0), name)
    return address


if _ctypes is not None:

    class _Byte(_ctypes._SimpleCData):  # type: ignore[type-arg]
        _type_ = 'c'

    class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg]
        _type_ = 'l'

    class _Cell(_ctypes.Array):  # type: ignore[type-arg]
        _type_ = _Byte
        _length_ = CELL_BYTES

    class _Timespec(_ctypes.Array):  # type: ignore[type-arg]
        _type_ = _Long
        _length_ = 2

    class _Quick(_ctypes.CFuncPtr):  # type: ignore[name-defined, misc]
        _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI

    class _Waiting(_ctypes.CFuncPtr):  # type: ignore[name-defined, misc]
        _flags_ = _ctypes.FUNCFLAG_CDECL

    class _Mapping(_ctypes.CFuncPtr):  # type: ignore[name-defined, misc]
        _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
        _restype_ = _Long
