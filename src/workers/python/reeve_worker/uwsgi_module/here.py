"""Which process this is, and which request the calling thread runs: what the module `uwsgi` knows.

One object for each process; a fork takes it along, and the child says what it has become.
"""

from __future__ import annotations

import os
import time
from types import ModuleType
from typing import Any, Callable, NoReturn

from ..control import Message, SpawnerSettings
from ..jobs.receiving import Receiver
from ..output import log
from ..output.running_request import Run, current
from ..state.scoreboard import Scoreboard
from ..state.shared_state import SharedState

# The version of uWSGI that this module follows; applications compare it.
VERSION = b'2.0.31'
VERSION_INFO = (2, 0, 31, 0, b'')

Functions = dict[str, Any]


class Here:
    """The process, seen by the functions of the module."""

    def __init__(
        self,
        settings: SpawnerSettings,
        scoreboard: Scoreboard,
        shared: SharedState,
        tell_master: Callable[[Message], None],
    ) -> None:
        self.settings = settings
        self.tell_master = tell_master
        self.scoreboard = scoreboard
        self.shared = shared
        self.module: ModuleType = _Module('uwsgi')
        self.started = int(time.time())
        self.master_pid = os.getppid()
        self.worker_id = 0
        self.mule_id = 0
        self.is_spooler = False
        # What it is called in the log; '' in the spawner and in workers.
        self.who = ''
        # In a mule or a spooler: what comes for it.
        self.receiver: Receiver | None = None
        # In a worker: waits in a request for a signal, None: any, and returns its number.
        self.wait_for_signal: Callable[[int | None], int] | None = None
        # Of signals, by their numbers; see signals.py.
        self.handlers: dict[int, Any] = {}
        # In a spooler: the task that runs, and what its function was given.
        self.spooler_task: tuple[str, dict[Any, bytes]] | None = None
        self.hostname = os.uname().nodename.encode()
        # As uwsgi.opt has it: of options that are given several times the last.
        self.options: dict[str, bytes | bool] = {
            name: value if value is True else _bytes(str(value))
            for name, value in settings.module_options
        }

    def become_worker(self, number: int) -> None:
        """This process is the worker of that number from now on."""
        self.worker_id = number
        self.scoreboard.become(number)

    def run_hook(self, name: str, who: str, *arguments: object) -> None:
        """Calls what the application has assigned to `uwsgi.<name>`, if anything."""
        run_hook(vars(self.module).get(name), name, who, *arguments)

    def run(self) -> Run:
        """The request of the calling thread. Raises RuntimeError outside of one."""
        run = current()
        if run is None:
            raise RuntimeError('there is no request in this thread: call it while one runs')
        return run


class _Module(ModuleType):
    """The module, which has `env` while a request runs: the environ of this thread's request."""

    @property
    def env(self) -> dict[str, Any]:
        run = current()
        if run is None:
            raise AttributeError("module 'uwsgi' has no attribute 'env' outside of a request")
        return run[0]

    def __dir__(self) -> list[str]:
        return [*vars(self), *(['env'] if current() is not None else [])]


def run_hook(hook: Any, name: str, who: str, *arguments: object) -> None:
    """Calls what the application has assigned to the module; what it raises is logged alone.

    Raises SystemExit where the hook does, outside of a request.
    """
    if not callable(hook):
        return
    try:
        hook(*arguments)
    except BaseException as error:
        if isinstance(error, SystemExit) and current() is None:
            raise
        headline = f'{who}: exception in uwsgi.{name}'
        text = log.format_application_error(error)
        log.report('application.raised', headline, text, log.error_fields(error))


def as_text(value: object, what: str) -> str:
    """A str, or bytes decoded. Raises TypeError as Python's own functions do."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode('utf-8', 'surrogateescape')
    raise TypeError(f'{what} must be str or bytes, not {type(value).__name__}')


def as_data(value: object, what: str) -> bytes:
    """Bytes, or a str encoded: uWSGI takes either. Raises TypeError."""
    if isinstance(value, str):
        return _bytes(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f'{what} must be bytes or str, not {type(value).__name__}')


def refuse(name: str, sentence: str) -> Any:
    """A function that raises: why it is not there, and what to use."""

    def refused(*_arguments: object, **_named: object) -> NoReturn:
        raise NotImplementedError(f'uwsgi.{name}: {sentence}')

    refused.__name__ = refused.__qualname__ = name
    return refused


def refuse_all(names: str, sentence: str) -> Functions:
    """The same for several, whose names stand with blanks between them."""
    return {name: refuse(name, sentence) for name in names.split()}


def _bytes(text: str) -> bytes:
    return text.encode('utf-8', 'surrogateescape')
