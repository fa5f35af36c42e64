"""What the shim says of the interpreter under test."""

from __future__ import annotations

import subprocess

from fake_peers import PYTHON

_PROGRAM = """
import sys
version = sys.version.split()[0]
if sys.prefix != sys.base_prefix:
    print(f'; Python {version} of the virtual environment {sys.prefix} has no such module')
else:
    advice = 'if it is in a virtual environment, name that with home ='
    print(f'; Python {version} ({sys.executable}) has no such module: {advice}')
"""


def no_such_module() -> str:
    """The end of the sentence about a module that is missing."""
    return subprocess.check_output([PYTHON, '-c', _PROGRAM], text=True).rstrip('\n')
