"""Runs the shim's tests and the golden frames on one interpreter: run.py [--python PATH] [test …].
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--python', default=sys.executable, help='the interpreter that runs the shim'
    )
    parser.add_argument('tests', nargs='*', help='as unittest names them; default: all')
    arguments = parser.parse_args()
    # The tests run on that interpreter too, so that its own struct and sockets read the frames.
    environment = {
        **os.environ,
        'REEVE_TEST_PYTHON': arguments.python,
        'PYTHONDONTWRITEBYTECODE': '1',
    }
    tests = arguments.tests or ['discover', '-s', str(HERE), '-t', str(HERE)]
    command = [arguments.python, '-m', 'unittest', *tests]
    return subprocess.run(command, cwd=HERE, env=environment, check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
