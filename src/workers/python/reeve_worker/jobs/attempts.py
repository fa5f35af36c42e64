"""How often a task was tried, and when it is tried again: a file for each in `.reeve/tries`.

It is written before the task is run. So a task that kills its spooler has been tried once more,
waits for its turn like any other that has failed, and holds up none behind it.
"""

from __future__ import annotations

import json
import os
import time
from typing import NamedTuple

from .task_files import DEAD_FOLDER, OWN_FOLDER, Place

_FOLDER = 'tries'
_UNFINISHED_SECONDS = 60.0
PAUSE_MIN_SECONDS = 1.0
PAUSE_MAX_SECONDS = 3600.0


class Attempts(NamedTuple):
    """Of one task: `at` is when it may be tried next, in seconds since 1970."""

    count: int = 0
    at: float = 0.0
    error: str = ''


def pause_after(count: int) -> float:
    """Seconds before the next try, after so many: 1, 2, 4 … an hour."""
    return float(min(PAUSE_MIN_SECONDS * 2 ** min(max(count - 1, 0), 20), PAUSE_MAX_SECONDS))


def prepare(directory: str) -> None:
    """Raises OSError."""
    os.makedirs(os.path.join(directory, OWN_FOLDER, _FOLDER), 0o700, exist_ok=True)


def read(directory: str, place: Place) -> Attempts:
    """None were made where there is no such file, or it cannot be read."""
    try:
        with open(_path(directory, place.name), 'rb') as file:
            found = json.loads(file.read())
        return Attempts(int(found['count']), float(found['at']), str(found.get('error', '')))
    except (OSError, ValueError, KeyError, TypeError):
        return Attempts()


def begin(directory: str, place: Place, before: Attempts) -> Attempts:
    """One more is about to be made. Raises OSError."""
    count = before.count + 1
    attempts = Attempts(count, time.time() + pause_after(count), 'its process ended while it ran')
    _write(_path(directory, place.name), attempts)
    return attempts


def failed(directory: str, place: Place, attempts: Attempts, error: str) -> None:
    """It has failed. Raises OSError."""
    at = time.time() + pause_after(attempts.count)
    _write(_path(directory, place.name), attempts._replace(at=at, error=error))


def undo(directory: str, place: Place, before: Attempts) -> None:
    """It did not count."""
    if before.count == 0:
        forget(directory, place)
    else:
        _write(_path(directory, place.name), before)


def forget(directory: str, place: Place) -> None:
    """The task is done."""
    try:
        os.unlink(_path(directory, place.name))
    except OSError:
        pass


def bury(directory: str, place: Place, count: int, error: str) -> None:
    """Why a task lies in the folder of the dead, beside it."""
    path = os.path.join(directory, DEAD_FOLDER, f'{place.name}.why')
    _write(path, Attempts(count, time.time(), error), {'folder': place.folder})
    forget(directory, place)


def sweep(directory: str, names: set[str]) -> None:
    """Removes what belongs to tasks that are gone, as another server may have run them."""
    folder = os.path.join(directory, OWN_FOLDER, _FOLDER)
    for name in os.listdir(folder):
        if name in names or (name[0] == '.' and _is_young(os.path.join(folder, name))):
            continue
        forget(directory, Place('', name))


def _is_young(path: str) -> bool:
    """Another spooler may be about to rename it."""
    try:
        return os.stat(path).st_mtime > time.time() - _UNFINISHED_SECONDS
    except OSError:
        return True


def _path(directory: str, name: str) -> str:
    return os.path.join(directory, OWN_FOLDER, _FOLDER, name)


def _write(path: str, attempts: Attempts, more: dict[str, str] | None = None) -> None:
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f'.{name}.{os.getpid()}')
    fields = {**attempts._asdict(), **(more or {})}
    with open(beside, 'wb') as file:
        file.write(json.dumps(fields).encode())
    os.rename(beside, path)
