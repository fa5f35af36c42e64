"""The lifeline: the kernel kills this process when the master is gone.

The master alone holds the write end of a pipe. Its end-of-file makes the kernel send SIGKILL to the
owner of each open file description armed with O_ASYNC. An owner belongs to the description, not to
the descriptor, so each process opens the read end anew and arms its own.
"""

from __future__ import annotations

import fcntl
import io
import os
import select
import signal

LIFELINE_FD = 4

# Linux's number for F_SETSIG; the module `fcntl` does not name it before Python 3.14.
_F_SETSIG = 10


def arm(descriptor: int) -> io.FileIO:
    """Arms a new description of the pipe at `descriptor` for this process and returns it.

    It must stay open. A process whose master is gone already does not return from here.
    """
    armed = io.FileIO(
        os.open(f'/proc/self/fd/{descriptor}', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    )
    fcntl.fcntl(armed, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(armed, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(armed, fcntl.F_SETFL, os.O_RDONLY | os.O_NONBLOCK | os.O_ASYNC)
    # The end-of-file may have come before the arming, and is then not announced any more.
    poll = select.poll()
    poll.register(armed, select.POLLIN | select.POLLHUP)
    if poll.poll(0):
        os.kill(os.getpid(), signal.SIGKILL)
    return armed
