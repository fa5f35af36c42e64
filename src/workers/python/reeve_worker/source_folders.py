"""Whose a file of Python code is, by where it lies: Reeve's, Python's, or the application's."""

from __future__ import annotations

import os

_SHIM = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = (_LIBRARY + 'site-packages' + os.sep, _LIBRARY + 'dist-packages' + os.sep)


def is_of_reeve(file: str) -> bool:
    return file.startswith(_SHIM)


def is_of_python(file: str) -> bool:
    """Whether it came with Python; packages that were installed below it are the application's."""
    return file.startswith(_LIBRARY) and not file.startswith(_INSTALLED)
