"""The processes that a command has started: found in /proc, and signalled."""

from __future__ import annotations

import os


def left_of(session: int) -> list[int]:
    """The processes below this one, and those of the session; zombies do not count."""
    processes = _processes()
    below: set[int] = {os.getpid()}
    found = True
    while found:
        more = {pid for pid, (parent, _, _) in processes.items() if parent in below} - below
        found = bool(more)
        below |= more
    return [
        pid
        for pid, (_, of_session, state) in processes.items()
        if pid != os.getpid() and state not in 'ZX' and (of_session == session or pid in below)
    ]


def _processes() -> dict[int, tuple[int, int, str]]:
    """Parent, session and state of every process that can be seen."""
    found: dict[int, tuple[int, int, str]] = {}
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open(f'/proc/{name}/stat', 'rb') as file:
                fields = file.read().rpartition(b')')[2].split()
        except OSError:
            continue  # It has ended meanwhile.
        found[int(name)] = (int(fields[1]), int(fields[3]), fields[0].decode())
    return found


def group_of(pid: int) -> int:
    """The process group; -1 where there is no such process."""
    try:
        return os.getpgid(pid)
    except OSError:
        return -1


def signal_one(pid: int, number: int) -> None:
    """Sends a signal; one that has ended is left alone."""
    try:
        os.kill(pid, number)
    except OSError:
        pass


def signal_group(group: int, number: int) -> None:
    """Sends a signal to all of a group, if there are any."""
    try:
        os.killpg(group, number)
    except OSError:
        pass
