"""A Python that is older than the oldest that is promised says so, and tries nothing else."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

from fake_peers import PYTHON, SHIM

LAUNCHER = SHIM / 'launch.py'
OLD = ['2.7', '3.5', '3.6', '3.7', '3.8']
# What Python 2.7 cannot read.
NEWER = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Nonlocal, ast.YieldFrom, ast.Starred)

# Makes the interpreter of the tests an old one.
PRETEND = """
import os, runpy, sys
sys.version_info = (3, 8, 18, 'final', 0)
sys.version = '3.8.18 (pretended)'
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def old_interpreters() -> list[str]:
    """Those that this machine has, on PATH or by pyenv."""
    managed = Path(os.environ.get('PYENV_ROOT', Path.home() / '.pyenv')) / 'versions'
    found = [shutil.which(f'python{version}') for version in OLD]
    found += [
        str(folder / 'bin/python')
        for folder in sorted(managed.glob('*'))
        if folder.name.rpartition('.')[0] in OLD
    ]
    return [path for path in found if path is not None and is_old(path)]


def is_old(path: str) -> bool:
    """A shim of pyenv may be there without its version."""
    run = subprocess.run(
        [path, '-c', 'import sys; print(sys.version_info < (3, 9))'],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return run.stdout.strip() == b'True'


def launched(command: list[str]) -> tuple[int, str, bytes]:
    """The exit code, what it wrote on fd 3, and what it printed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            ['sh', '-c', f'exec "$@" 3<&{theirs.fileno()}', 'sh', *command, 'padding'],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        ours.sendall(b'{"type":"settings"}\n')
        printed, _ = process.communicate(timeout=30)
        said = b''
        while part := ours.recv(65536):
            said += part
    return process.returncode, said.decode(), printed


class OldPython(unittest.TestCase):
    def assert_refuses(self, command: list[str], version: str) -> None:
        code, said, printed = launched(command)
        self.assertEqual((code, printed), (22, b''))
        message = json.loads(said)
        self.assertEqual(message['type'], 'import-failed')
        self.assertRegex(
            message['sentence'],
            rf'^Python {re.escape(version)}[.\d]* \(/.*\) is too old: '
            r'Reeve needs Python 3\.9 or newer; name another one with python =',
        )

    def test_is_refused_in_one_sentence(self) -> None:
        self.assert_refuses([PYTHON, '-c', PRETEND, str(LAUNCHER)], '3.8.18')

    def test_is_refused_by_each_that_this_machine_has(self) -> None:
        for path in old_interpreters():
            with self.subTest(path):
                self.assert_refuses([path, str(LAUNCHER)], '')

    def test_the_log_helper_of_such_a_one_waits_for_the_end_and_writes_nothing(self) -> None:
        for command in [PYTHON, '-c', PRETEND], *[[path] for path in old_interpreters()]:
            with self.subTest(command[0]):
                run = subprocess.run(
                    [*command, str(LAUNCHER), 'log-lines', '--title=x', 'padding'],
                    input=b'a line\n',
                    capture_output=True,
                    timeout=30,
                    check=False,
                )
                self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'', b''))

    def test_the_launcher_has_nothing_that_the_oldest_cannot_read(self) -> None:
        source = LAUNCHER.read_bytes()
        self.assertTrue(source.isascii(), 'without a line that names its coding')
        for node in ast.walk(ast.parse(source)):
            self.assertNotIsInstance(node, NEWER)
            if isinstance(node, ast.FunctionDef):
                self.assertIsNone(node.returns)
                self.assertEqual(node.args.kwonlyargs, [])
            if isinstance(node, ast.arg):
                self.assertIsNone(node.annotation)
            if isinstance(node, ast.ImportFrom):
                self.assertNotEqual(node.module, '__future__')


if __name__ == '__main__':
    unittest.main()
