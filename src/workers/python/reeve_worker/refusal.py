"""What the system refuses for want of processes, threads, descriptors or memory.

Neither Reeve nor the application is to blame: the master is told, names the limit in the log, and
tries again later.
"""

from __future__ import annotations

import errno

# The twin of EXIT_REFUSED in protocol/control-messages.ts.
EXIT_REFUSED = 71

# The twin of WANTS in systemd/limits.ts.
_WANTS = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


class ThreadRefused(Exception):
    """No thread could be started; Python does not tell the error, and there is only one."""


def error_name(error: BaseException) -> str | None:
    """The name of the system's error, "EAGAIN"; None for what is no such refusal."""
    if isinstance(error, ThreadRefused):
        return 'EAGAIN'
    if isinstance(error, MemoryError):
        return 'ENOMEM'
    if isinstance(error, OSError) and error.errno in _WANTS:
        return errno.errorcode[error.errno]
    return None
