"""Which source files the application was loaded from, so that the master can watch them.

Python's own library is left out: it does not change under a running application.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from ..source_folders import is_of_python, is_of_reeve
from .callables import names_in


class ModuleFiles:
    """Remembers what was reported, so that each file is reported once."""

    def __init__(self) -> None:
        self._reported: set[str] = set()
        self._modules_seen = 0

    def have_grown(self) -> bool:
        """Cheap enough for every request: were modules imported since the last `take_new`?"""
        return len(sys.modules) != self._modules_seen

    def take_new(self, more: Iterable[str] = ()) -> list[str]:
        """The absolute paths not yet reported, `more` among them."""
        self._modules_seen = len(sys.modules)
        found = list(more)
        for module in list(sys.modules.values()):
            # Not by asking it: a module that loads itself when it is touched would run its code.
            file = names_in(module).get('__file__')
            if type(file) is str:
                found.append(os.path.abspath(file))
        new = [
            file for file in dict.fromkeys(found) if file not in self._reported and _matters(file)
        ]
        self._reported.update(new)
        return new


def _matters(file: str) -> bool:
    return not (is_of_reeve(file) or is_of_python(file))
