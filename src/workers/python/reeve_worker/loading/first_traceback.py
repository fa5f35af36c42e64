"""Which worker shows the traceback, when all of them fail to import at the same moment.

With lazy-apps every worker meets the same broken line. One shows its traceback, the others only
report; but none reports before it has been shown, as the first report may end them all.
"""

from __future__ import annotations

import fcntl
import os
from typing import Callable

from ..own_descriptors import own


class FirstTraceback:
    """Made in the spawner, for its workers: a file without a name, empty once one was shown.

    A limit on the size of files, which the application may set, does not keep it from shrinking.
    """

    def __init__(self) -> None:
        self._file = os.fdopen(os.memfd_create('first-traceback'), 'r+b', buffering=0)
        os.ftruncate(self._file.fileno(), 1)
        own.hold(self._file)

    def show_once(self, show: Callable[[], None]) -> None:
        """Calls `show` where none among all processes that share this has done so before; waits
        while one does. The kernel ends the turn of one that is killed.
        """
        number = self._file.fileno()
        fcntl.lockf(number, fcntl.LOCK_EX)  # Of this process alone, also where it has forked.
        try:
            if os.fstat(number).st_size > 0:
                show()
                os.ftruncate(number, 0)
        finally:
            fcntl.lockf(number, fcntl.LOCK_UN)
