"""What the system refuses for want of processes, threads, descriptors or memory.

Neither Reeve nor the application is to blame: the master is told, names the limit in the log, and
tries again later.
"""

from __future__ import annotations

import errno
import resource

# The twin of EXIT_REFUSED in protocol/control-messages.ts.
EXIT_REFUSED = 71

# The twin of WANTS in systemd/limits.ts.
_WANTS = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


# What the C library takes for the stack of a thread where there is no limit of its size.
_STACK_BYTES = 2 * 1024 * 1024


class ThreadRefused(Exception):
    """No thread could be started; Python does not tell the error, and there is only one."""


def error_name(error: BaseException) -> str | None:
    """The name of the system's error, "EAGAIN"; None for what is no such refusal."""
    if isinstance(error, ThreadRefused):
        return 'ENOMEM' if _lacks_address_space() else 'EAGAIN'
    if isinstance(error, MemoryError):
        return 'ENOMEM'
    if isinstance(error, OSError) and error.errno in _WANTS:
        return errno.errorcode[error.errno]
    return None


def _lacks_address_space() -> bool:
    """Whether the stack of one more thread has no place below limit-as."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return False
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    if stack == resource.RLIM_INFINITY:
        stack = _STACK_BYTES
    with open('/proc/self/statm', 'rb', buffering=0) as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    return used + stack > most
