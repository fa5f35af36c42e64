"""A mule: a program of the application's own that runs beside the workers, or a process that waits
for messages.
"""

from __future__ import annotations

import runpy
import select
import sys
from typing import Callable

from ..control import JobSettings
from ..loading import application

_WAIT_MS = 60_000


def run_program(settings: JobSettings) -> None:
    """`mule = program.py`, or `mule = module:function`, to its end; raises what it raises."""
    program = settings.program
    if program.endswith('.py') or '/' in program:
        runpy.run_path(program, run_name='__main__')
        return
    module, _, function = program.partition(':')
    loaded = application.import_module(module)
    if function:
        run: Callable[[], object] = getattr(loaded, function)
        run()


def wait(wake_read: int, is_over: Callable[[], bool]) -> None:
    """A mule without a program: until it is asked to end."""
    poll = select.poll()
    poll.register(wake_read, select.POLLIN)
    while not is_over():
        poll.poll(_WAIT_MS)
    sys.stdout.flush()
