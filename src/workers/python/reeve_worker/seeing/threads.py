"""The numbers of threads for the system, by those for Python."""

from __future__ import annotations

import _thread
import sys
from typing import Any

# Of the main thread and of slots, which are started without `threading`.
_own: dict[int, int] = {}


def forget() -> None:
    """In a new process, by its main thread."""
    _own.clear()
    note()


def note() -> int:
    """Of the calling thread; returns its number for the system."""
    system = _thread.get_native_id()
    _own[_thread.get_ident()] = system
    return system


def system_thread(ident: int) -> int:
    """0 where nobody knows it: a thread of C code, or `threading` is something else by now."""
    if ident in _own:
        return _own[ident]
    threading: Any = sys.modules.get('threading')
    try:
        return int(threading._active[ident].native_id or 0)
    except Exception:
        return 0
