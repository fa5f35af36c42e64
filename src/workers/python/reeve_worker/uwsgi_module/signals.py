"""Signals between processes, and what raises them: timers, cron entries, file monitors.

A handler is a function of this process, inherited from the spawner or registered here. The master
knows who is to have each signal; it keeps the timers, so that there is one of each, and hands a
signal to the gateway, which gives it to an idle slot as it gives requests.
"""

from __future__ import annotations

import os
from _thread import _local
from operator import index
from typing import Any, Callable

from .. import leaving
from ..output import log
from ..output.running_request import current
from ..own_descriptors import own
from .here import Functions, Here, as_text

_TARGET_BYTES_MAX = 63  # As in uWSGI.
_PATH_BYTES_MAX = 2000  # Messages to the master are of one piece.
_RANGE = 256
_NAME_MAX = 200
# What signal_received says while a wait has no result.
_FAILED = -1


def functions(here: Here) -> Functions:
    """By name."""
    return {**_registering(here), **_by_themselves(here), **_raising(here), **_waiting(here)}


def _registering(here: Here) -> Functions:
    handlers = here.handlers

    def register_signal(number: int, target: str, handler: Callable[[int], Any]) -> None:
        """The handler runs when the signal is raised, in a process of the target."""
        key = _number(number)
        if not isinstance(target, str):
            kind = type(target).__name__
            raise TypeError(f'register_signal() argument 2 must be str, not {kind}')
        if len(target.encode()) > _TARGET_BYTES_MAX:
            raise ValueError(f'unable to register signal: the target {target!r} is too long')
        if key in handlers and here.worker_id == 0:
            raise ValueError(f'unable to register signal: {key} has a handler already')
        handlers[key] = handler
        message = {'type': 'signal-registered', 'number': key, 'target': target}
        here.tell_master({**message, 'worker': here.worker_id})

    def signal_registered(number: int) -> bool | None:
        """True where a signal has a handler, else None."""
        return True if _number(number) in handlers else None

    return {'register_signal': register_signal, 'signal_registered': signal_registered}


def _by_themselves(here: Here) -> Functions:
    def add_timer(number: int, seconds: int) -> None:
        """Raises the signal every so many seconds."""
        _add_timer(here, number, seconds, 0)

    def add_rb_timer(number: int, seconds: int, iterations: int = 0) -> None:
        """The same, so many times; 0: for ever."""
        _add_timer(here, number, seconds, iterations)

    def add_cron(number: int, minute: int, hour: int, day: int, month: int, week: int) -> bool:
        """Raises the signal in these minutes; -1 is each, -N each that N divides."""
        fields = [index(field) for field in (minute, hour, day, month, week)]
        here.tell_master({'type': 'signal-cron', 'number': _number(number), 'fields': fields})
        return True

    def add_file_monitor(number: int, path: str) -> None:
        """Raises the signal when the file, or what is in the directory, changes."""
        text = os.path.abspath(as_text(path, 'the path'))
        if len(text.encode('utf-8', 'surrogateescape')) > _PATH_BYTES_MAX:
            raise ValueError(f'the path of a file monitor has at most {_PATH_BYTES_MAX} bytes')
        here.tell_master({'type': 'signal-file', 'number': _number(number), 'path': text})

    return {
        'add_timer': add_timer,
        'add_rb_timer': add_rb_timer,
        'add_cron': add_cron,
        'add_file_monitor': add_file_monitor,
    }


def _add_timer(here: Here, number: int, seconds: int, iterations: int) -> None:
    here.tell_master(
        {
            'type': 'signal-timer',
            'number': _number(number),
            'seconds': index(seconds),
            'iterations': index(iterations),
        }
    )


def _raising(here: Here) -> Functions:
    def signal(number: int, *node: str) -> None:
        """Raises a signal; its handler runs soon, in a process of its target."""
        if node and node[0]:
            raise NotImplementedError(
                'uwsgi.signal: another instance cannot be signalled; call it over HTTP, and leave'
                ' the second argument out for this one'
            )
        here.tell_master({'type': 'signal-raised', 'number': _number(number)})

    return {'signal': signal}


def _waiting(here: Here) -> Functions:
    last = _Last()

    def signal_wait(*wanted: int) -> bytes:
        """Runs handlers of signals until one, or the wanted one, has come."""
        last.put(_FAILED)
        if len(wanted) > 1:
            raise TypeError(f'signal_wait() takes at most 1 argument ({len(wanted)} given)')
        last.put(_wait(here, _number(wanted[0]) if wanted else None))
        return b''

    def signal_received() -> int:
        """The signal that this request has waited for last; 0: none, -1: the wait has failed."""
        return last.get()

    return {'signal_wait': signal_wait, 'signal_received': signal_received}


def _wait(here: Here, wanted: int | None) -> int:
    """The number of the signal that came. Raises SystemError at a stop, as in uWSGI."""
    if own.in_application_child:
        raise RuntimeError('uwsgi.signal_wait: no signal comes for a process that you have forked')
    if here.wait_for_signal is not None:
        return here.wait_for_signal(wanted)
    if here.receiver is None:
        raise NotImplementedError(
            'uwsgi.signal_wait: no signal comes while the application is imported: wait in a'
            ' request, a mule or a spooler'
        )
    while True:
        number = here.receiver.receive((), here.receiver.signals, None)
        if isinstance(number, int):
            handle(here, number, here.who)
            if wanted is None or number == wanted:
                return number


class _Last:
    """The last signal that each thread has waited for; a request begins anew, as in uWSGI."""

    def __init__(self) -> None:
        self._of_thread = _local()

    def put(self, number: int) -> None:
        self._of_thread.run_began = _run_began()
        self._of_thread.number = number

    def get(self) -> int:
        mine = self._of_thread
        if getattr(mine, 'run_began', None) != _run_began():
            return 0
        return int(getattr(mine, 'number', 0))


def _run_began() -> float | None:
    """When the request of this thread began, by which it is known."""
    run = current()
    return None if run is None else run[4]


def _number(number: int) -> int:
    """As uWSGI: one byte of it."""
    return index(number) % _RANGE


def handle(here: Here, number: int, who: str) -> None:
    """Runs the handler of a signal; what it raises is logged, and costs nothing else."""
    handler = here.handlers.get(number)
    if not callable(handler):
        log.say(f'{who}: signal {number} has no handler here')
        return
    try:
        handler(number)
    except BaseException as error:
        if own.in_application_child and issubclass(type(error), SystemExit):
            leaving.leave(leaving.exit_code(error))
        headline = f'{who}: exception in the handler of signal {number}'
        text = log.format_application_error(error)
        log.report('application.raised', headline, text, log.error_fields(error))
        name = log.class_name(error)[:_NAME_MAX]
        here.tell_master({'type': 'signal-failed', 'number': number, 'error': name})
