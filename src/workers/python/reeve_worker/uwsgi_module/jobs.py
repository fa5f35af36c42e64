"""Spoolers: tasks that are queued here, and run later by a process of their own."""

from __future__ import annotations

import os
from operator import index
from typing import Any, Callable

from ..jobs import task_files
from ..jobs.task_store import StoreAway
from ..redis_store.connection import is_address
from ..redis_store.tasks import RedisTasks
from .here import Functions, Here, as_text

_NEEDS_BYTES = 'spooler callable dictionary must contains only bytes'
_FREQUENCY_NAME = 'frequency'


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if not here.settings.spooler_directories:
        return {}
    queue = _Queue(here)
    return {
        'spoolers': tuple(os.fsencode(each) for each in here.settings.spooler_directories),
        'spool': _function(queue.spool),
        'send_to_spooler': _function(queue.spool),
        'spooler_jobs': _function(queue.spooler_jobs),
        'spooler_pid': _function(queue.spooler_pid),
        'spooler_pids': _function(queue.spooler_pids),
        'spooler_get_task': _function(queue.spooler_get_task),
        'set_spooler_frequency': _function(queue.set_spooler_frequency),
    }


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a function of the module: a method does not let itself be given one."""

    def function(*arguments: Any, **named: Any) -> Any:
        return method(*arguments, **named)

    function.__name__ = function.__qualname__ = method.__name__
    function.__doc__ = method.__doc__
    return function


class _Queue:
    def __init__(self, here: Here) -> None:
        self._here = here
        places = here.settings.spooler_directories
        self._places = places
        self._directories = [each for each in places if not is_address(each)]
        self._servers = {each: RedisTasks(each) for each in places if is_address(each)}

    def spool(self, *arguments: Any, **named: Any) -> bytes:
        """Queues a task and returns the path of its file. Raises ValueError for what is no task."""
        if named and not arguments:
            arguments = ({name.encode(): value for name, value in named.items()},)
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise ValueError('The argument of spooler callable must be a dictionary')
        task = dict(arguments[0])
        body = task.pop(b'body', task.pop('body', b''))
        if not all(isinstance(text, bytes) for pair in task.items() for text in pair):
            raise ValueError(_NEEDS_BYTES)
        if not isinstance(body, bytes):
            raise ValueError(_NEEDS_BYTES)
        priority = os.fsdecode(task.get(b'priority', b''))
        if priority and not task_files.is_number(priority):
            raise ValueError(f'the priority {priority!r} is not a number')
        data = task_files.encode(task, body)
        place = self._place_of(os.fsdecode(task.get(b'spooler', b'')))
        at, server = _moment(task.get(b'at', b'')), self._servers.get(place)
        try:
            if server is not None:
                return server.add(data, priority, at).encode()
            return os.fsencode(task_files.write(place, data, priority, at))
        except OSError as error:
            raise ValueError(f'unable to spool job: {error.strerror} ({place})') from None
        except StoreAway as away:
            raise ValueError(f'unable to spool job: {away}') from None

    def spooler_jobs(self) -> list[bytes]:
        """The paths of the tasks that wait, or run; of those on a server their names."""
        paths = [
            os.fsencode(os.path.join(directory, place.folder, place.name))
            for directory in self._directories
            for place in task_files.queued(directory)
        ]
        return paths + [name.encode() for each in self._servers.values() for name in each.names()]

    def spooler_pid(self) -> int:
        """The pid of the first spooler; 0 where none runs."""
        return next(iter(self.spooler_pids()), 0)

    def spooler_pids(self) -> list[int]:
        """The pids of all spoolers."""
        slots = (job.slot for job in self._here.settings.jobs if job.kind == 'spooler')
        by_slot = {slot: self._pid_of(slot) for slot in slots}
        return [pid for _, pid in sorted(by_slot.items()) if pid]

    def spooler_get_task(self, task: str | bytes) -> dict[Any, bytes] | None:
        """What a task holds; None where it cannot be read."""
        path = as_text(task, 'the task')
        running = self._here.spooler_task
        # To open and close the file of a task that runs here would free its lock.
        if running is not None and os.path.basename(path) == running[0]:
            return dict(running[1])
        try:
            found = self._read(path)
        except (OSError, StoreAway, task_files.Broken):
            return None
        if found is None:
            return None
        given: dict[Any, bytes] = dict(found.variables)
        if found.body:
            given['body'] = found.body
        return given

    def set_spooler_frequency(self, seconds: int) -> bool:
        """How often spoolers look at directories, until the instance ends."""
        number = index(seconds)
        for directory in self._directories:
            _write_own(directory, _FREQUENCY_NAME, f'{self._here.master_pid} {number}')
            task_files.wake(directory)
        return True

    def _read(self, path: str) -> task_files.Task | None:
        if '/' not in path:
            found = (each.read(path) for each in self._servers.values())
            return next((task for task in found if task is not None), None)
        with open(path, 'rb') as file:
            return task_files.decode(file.read())

    def _place_of(self, name: str) -> str:
        if not name:
            return self._places[0]
        wanted = name if is_address(name) else os.path.realpath(name)
        if wanted not in self._places:
            raise ValueError(f'unable to spool job: {name} is no spooler')
        return wanted

    def _pid_of(self, slot: int) -> int:
        for server in self._servers.values():
            try:
                pid = server.pid_of(f'{self._here.master_pid}:{slot}')
            except StoreAway:
                continue
            if pid and os.path.exists(f'/proc/{pid}'):
                return pid
        for directory in self._directories:
            text = _read_own(directory, f'pid-{slot}')
            if text.isdigit() and os.path.exists(f'/proc/{text}'):
                return int(text)
        return 0


def frequency_of(here: Here, directory: str, usual: float) -> float:
    """What `set_spooler_frequency` says for this instance, or the option."""
    pid, _, seconds = _read_own(directory, _FREQUENCY_NAME).partition(' ')
    if pid != str(here.master_pid) or not seconds.isdigit():
        return usual
    return float(seconds)


def _moment(text: bytes) -> float:
    """Seconds since 1970; 0 for now. A fraction is left out, as in uWSGI."""
    digits = text.partition(b'.')[0].strip()
    return float(digits) if digits.isdigit() else 0.0


def _read_own(directory: str, name: str) -> str:
    try:
        with open(os.path.join(directory, task_files.OWN_FOLDER, name), 'rb') as file:
            return file.read(64).decode('ascii').strip()
    except (OSError, ValueError):
        return ''


def _write_own(directory: str, name: str, text: str) -> None:
    folder = os.path.join(directory, task_files.OWN_FOLDER)
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(text.encode('ascii'))
    except OSError:
        pass  # The spoolers look as often as the option says.
