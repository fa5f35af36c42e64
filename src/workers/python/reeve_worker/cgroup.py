"""A worker's own control group, which the master has made for it."""

from __future__ import annotations

import os


def join(directory: str) -> None:
    """Moves this process, with what it will start, into the group; without one nothing happens.

    A kernel that refuses costs the account of its memory, never the worker.
    """
    if not directory:
        return
    try:
        procs = os.open(os.path.join(directory, 'cgroup.procs'), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(procs, b'0')
        finally:
            os.close(procs)
    except OSError:
        pass
