"""A mule: a program of the application's own that runs beside the workers, or a process that gives
messages to `uwsgi.mule_msg_hook` and runs handlers of signals.
"""

from __future__ import annotations

import runpy
from typing import Callable, NoReturn

from ..control import JobSettings
from ..loading import application
from ..output import log
from ..spawner import leave_application_child
from ..uwsgi_module.here import Here
from ..uwsgi_module.signals import handle
from .bounded import Bounded
from .receiving import Receiver

_HOOK = 'mule_msg_hook'


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


def serve(settings: JobSettings, here: Here, receiver: Receiver) -> NoReturn:
    """Until it is asked to end, which is SystemExit; what is being handled is finished before."""
    while True:
        got = receiver.receive(receiver.messages, receiver.signals, None)
        with Bounded(settings.harakiri):
            if isinstance(got, int):
                handle(here, got, settings.name)
            elif got is not None:
                _deliver(settings, here, got)
        leave_application_child()


def _deliver(settings: JobSettings, here: Here, message: bytes) -> None:
    if not callable(vars(here.module).get(_HOOK)):
        log.say(
            f'{settings.name} has received a message of {len(message)} bytes, and the application'
            f' has set no function in uwsgi.{_HOOK}'
        )
        return
    here.run_hook(_HOOK, settings.name, message)
