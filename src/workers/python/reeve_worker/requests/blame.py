"""Whose fault an exception is that is raised inside our code: ours, or the application's."""

from __future__ import annotations

from ..output import log
from ..source_folders import is_of_python, is_of_reeve


def is_of_the_application(error: BaseException) -> bool:
    """Whether a signal handler or another hook of the application's has raised it.

    Nothing is opened for it, as `traceback` would: the application may forbid that.
    """
    if issubclass(type(error), KeyboardInterrupt):
        return True  # Python's own handler for SIGINT, which only the application can have set.
    frames = log.traceback_of(error)
    while frames is not None:
        file = frames.tb_frame.f_code.co_filename
        if not (is_of_reeve(file) or is_of_python(file) or file.startswith('<frozen ')):
            return True
        frames = frames.tb_next
    return False
