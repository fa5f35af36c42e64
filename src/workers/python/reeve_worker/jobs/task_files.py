"""Tasks as files, in uWSGI's own format, so that either server runs what the other has queued.

A file is a packet of the uwsgi protocol, modifier 17: names and values, each with its length in two
bytes, at most 65 535 bytes in all; what follows is the body. Its name begins with
`uwsgi_spoolfile_on_`. A task for later has that moment as its time of modification. A task with a
priority lies in a folder of that name.

A file appears whole: it is written under another name, brought to the disk, and then renamed. Who
runs a task holds a lock on its file (fcntl, as uWSGI does); the kernel frees it with the process.
"""

from __future__ import annotations

import math
import os
import stat
import time
from collections.abc import Iterator, Mapping
from fcntl import LOCK_EX, LOCK_NB, lockf
from typing import NamedTuple

PREFIX = 'uwsgi_spoolfile_on_'
# Folders of ours in a spool directory; uWSGI looks at neither.
OWN_FOLDER = '.reeve'
DEAD_FOLDER = 'dead'
WAKE_NAME = 'wake'
_MODIFIER = 17
_HEAD_BYTES = 4
_LENGTH_MAX = 65535
# uWSGI makes a file before it locks and fills it.
_UNWRITTEN_SECONDS = 60
# What nobody has written to for so long is never finished.
_ABANDONED_SECONDS = 3600
_counter = 0


class Broken(Exception):
    """A file that is no task; its text says why."""


class Task(NamedTuple):
    """What a file holds."""

    variables: dict[bytes, bytes]
    body: bytes


class Place(NamedTuple):
    """A task's file: its folder below the spool directory ('' or a priority), and its name."""

    folder: str
    name: str


def encode(variables: Mapping[bytes, bytes], body: bytes) -> bytes:
    """Raises ValueError for what the format has no room for: it is refused, never cut."""
    parts: list[bytes] = []
    for pair in variables.items():
        for text in pair:
            if len(text) > _LENGTH_MAX:
                raise ValueError(f'a value of {len(text)} bytes {_TOO_LONG}')
            parts += [len(text).to_bytes(2, 'little'), text]
    packed = b''.join(parts)
    if len(packed) > _LENGTH_MAX:
        raise ValueError(f'a task of {len(packed)} bytes {_TOO_LONG}')
    return bytes([_MODIFIER]) + len(packed).to_bytes(2, 'little') + b'\0' + packed + body


_TOO_LONG = (
    'is too long: names and values have 65535 bytes in all; put it into body, which has no limit'
)


def decode(data: bytes) -> Task:
    """Raises Broken."""
    size = int.from_bytes(data[1:3], 'little')
    if len(data) < _HEAD_BYTES or len(data) < _HEAD_BYTES + size:
        raise Broken('it is cut off')
    if data[0] != _MODIFIER:
        raise Broken(f'it is no task (modifier {data[0]})')
    variables: dict[bytes, bytes] = {}
    texts = list(_texts(data[_HEAD_BYTES : _HEAD_BYTES + size]))
    if len(texts) % 2:
        raise Broken('a name has no value')
    for name, value in zip(texts[::2], texts[1::2]):
        variables[name] = value
    return Task(variables, data[_HEAD_BYTES + size :])


def _texts(packed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(packed):
        size = int.from_bytes(packed[at : at + 2], 'little')
        if at + 2 + size > len(packed):
            raise Broken('a length is wrong')
        yield packed[at + 2 : at + 2 + size]
        at += 2 + size


def new_name() -> str:
    """As uWSGI names its files; no other task has it."""
    global _counter
    _counter += 1
    now = time.time_ns() // 1000
    chance = int.from_bytes(os.urandom(4), 'little') >> 1
    host = os.uname().nodename
    return f'{PREFIX}{host}_{os.getpid()}_{_counter}_{chance}_{now // 1000000}_{now % 1000000}'


def write(directory: str, data: bytes, priority: str, at: float) -> str:
    """Queues a task and returns the path of its file. Raises OSError; nothing is left then."""
    folder = os.path.join(directory, priority) if priority else directory
    if priority:
        os.makedirs(folder, 0o777, exist_ok=True)
    name = new_name()
    path, beside = os.path.join(folder, name), os.path.join(folder, f'.{name}')
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), 'wb') as file:
            file.write(data)
            file.flush()
            if at > 0:
                os.utime(file.fileno(), (at, at))
            os.fsync(file.fileno())
        os.rename(beside, path)
    except BaseException:
        _remove_quietly(beside)
        raise
    _sync_folder(folder)
    wake(directory)
    return path


def wake(directory: str) -> None:
    """Tells the spoolers of the directory to look; those that cannot be told look by themselves."""
    try:
        pipe = os.open(
            os.path.join(directory, OWN_FOLDER, WAKE_NAME),
            os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC,
        )
    except OSError:
        return  # No spooler runs: it looks when it starts.
    try:
        os.write(pipe, b'.')
    except OSError:
        pass  # It is full: they will look.
    finally:
        os.close(pipe)


def queued(directory: str) -> list[Place]:
    """The tasks in the order in which they are run: by priority, the oldest first."""
    folders = sorted(_priorities(directory), key=int)
    found: list[Place] = []
    for folder in [*folders, '']:
        inside = _names(os.path.join(directory, folder))
        names = [name for name in inside if name.startswith(PREFIX)]
        found += [Place(folder, name) for name in sorted(names, key=_age)]
    return found


def _priorities(directory: str) -> list[str]:
    return [
        name
        for name in _names(directory)
        if is_number(name) and os.path.isdir(os.path.join(directory, name))
    ]


def sweep_unfinished(directory: str) -> None:
    """Removes what processes have left that ended while they queued a task: it was never one."""
    oldest = time.time() - _ABANDONED_SECONDS
    for folder in ['', *_priorities(directory)]:
        inside = os.path.join(directory, folder)
        for name in _names(inside):
            path = os.path.join(inside, name)
            try:
                # Each write sets this time, and nothing but the kernel's clock does.
                if name.startswith(f'.{PREFIX}') and os.lstat(path).st_ctime < oldest:
                    os.unlink(path)
            except OSError:
                pass  # Another spooler has done so.


def is_number(text: str) -> bool:
    """As int() reads it: `isdigit` alone is true of more, such as small raised digits."""
    return text.isascii() and text.isdigit()


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _age(name: str) -> tuple[list[int], str]:
    """By the moment in the name, then by the number of the task in its process."""
    numbers = [int(part) if is_number(part) else 0 for part in name.rsplit('_', 5)[-5:]]
    if len(numbers) < 5:
        return [0, 0, 0], name
    return [numbers[3], numbers[4], numbers[1]], name


class Taken:
    """A task's file that this process has locked."""

    def __init__(self, directory: str, place: Place, descriptor: int) -> None:
        self.directory = directory
        self.place = place
        self._descriptor = descriptor

    @property
    def path(self) -> str:
        """Where the file is."""
        return os.path.join(self.directory, self.place.folder, self.place.name)

    def read(self) -> Task:
        """Raises Broken, or OSError."""
        parts: list[bytes] = []
        while part := os.read(self._descriptor, 1 << 20):
            parts.append(part)
        return decode(b''.join(parts))

    def remove(self) -> None:
        """The task is done. Raises OSError where the file stays."""
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass  # Somebody has dropped it while it ran.
        _sync_folder(os.path.dirname(self.path))

    def postpone(self, at: float) -> None:
        """It is for that moment, in seconds since 1970; needs no room on the disk."""
        os.utime(self._descriptor, (at, at))

    def move_to_dead(self) -> str:
        """Puts the task aside and returns its new path. Raises OSError."""
        dead = os.path.join(self.directory, DEAD_FOLDER)
        os.makedirs(dead, 0o700, exist_ok=True)
        target = os.path.join(dead, self.place.name)
        os.rename(self.path, target)
        _sync_folder(dead)
        _sync_folder(os.path.dirname(self.path))
        return target

    def release(self) -> None:
        """Another process may take it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def take(directory: str, place: Place) -> Taken | float:
    """Locks the file. Else it is the seconds until it is due: without an end where another process
    has it, or it is gone or no task.
    """
    path = os.path.join(directory, place.folder, place.name)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return math.inf
    seconds = math.inf
    try:
        lockf(descriptor, LOCK_EX | LOCK_NB)
        status, now = os.fstat(descriptor), time.time()
        is_whole = status.st_size > 0 or status.st_mtime < now - _UNWRITTEN_SECONDS
        # Who had the lock before may have finished it since it was listed.
        if status.st_nlink > 0 and stat.S_ISREG(status.st_mode) and is_whole:
            seconds = int(status.st_mtime) - now
            if seconds <= 0:
                return Taken(directory, place, descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return seconds


def _sync_folder(folder: str) -> None:
    """A name is on the disk when its folder is; a file system that cannot is left as it is."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        pass


def _remove_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
