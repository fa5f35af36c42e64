"""The lifeline: the kernel kills this process when the master is gone.

The master alone holds the write end of a pipe. Its end-of-file makes the kernel send SIGKILL to the
owner of each open file description armed with O_ASYNC. An owner belongs to the description, not to
the descriptor, so each process opens the read end anew and arms its own. It can do so whatever the
application has done to its user, its root directory or whether its memory may be looked into
(PR_SET_DUMPABLE).
"""

from __future__ import annotations

import _signal as signal
import fcntl
import io
import os
import select

from .own_descriptors import Descriptor, above_standard

LIFELINE_FD = 4

# Linux's number for F_SETSIG; the module `fcntl` does not name it before Python 3.14.
_F_SETSIG = 10


class Lifeline:
    """The read end that this process was started with; forked children use the same object."""

    def __init__(self) -> None:
        """Raises OSError where the descriptor is missing."""
        os.set_inheritable(LIFELINE_FD, False)
        self._source = Descriptor(LIFELINE_FD)
        self.proc = Descriptor(os.open('/proc', os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        try:
            os.fchmod(LIFELINE_FD, 0o444)  # It is opened anew as another user after os.setuid().
        except OSError:
            pass  # Another user's from the start: it can be opened as it is, or not at all.

    def parts(self) -> tuple[Descriptor, Descriptor]:
        """What is to be held for as long as `arm` may be called."""
        return self._source, self.proc

    def arm(self) -> io.FileIO:
        """Arms a new description of the pipe for this process and returns it; it must stay open.

        A process whose master is gone already does not return from here.
        """
        path, flags = f'self/fd/{LIFELINE_FD}', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
        opened = os.open(path, flags, dir_fd=self.proc.fileno())
        armed = io.FileIO(above_standard(opened))
        fcntl.fcntl(armed, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(armed, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(armed, fcntl.F_SETFL, os.O_RDONLY | os.O_NONBLOCK | os.O_ASYNC)
        # The end-of-file may have come before the arming, and is then not announced any more.
        poll = select.poll()
        poll.register(armed, select.POLLIN | select.POLLHUP)
        if poll.poll(0):
            os.kill(os.getpid(), signal.SIGKILL)
        return armed
