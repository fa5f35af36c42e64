"""Whose fault an exception is that is raised inside our code: ours, or the application's."""

from __future__ import annotations

import os

from ..output import log

_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_SHIM = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep


def is_of_the_application(error: BaseException) -> bool:
    """Whether a signal handler or another hook of the application's has raised it.

    Nothing is opened for it, as `traceback` would: the application may forbid that.
    """
    if issubclass(type(error), KeyboardInterrupt):
        return True  # Python's own handler for SIGINT, which only the application can have set.
    frames = log.traceback_of(error)
    while frames is not None:
        if not frames.tb_frame.f_code.co_filename.startswith((_SHIM, '<frozen ', _LIBRARY)):
            return True
        frames = frames.tb_next
    return False
