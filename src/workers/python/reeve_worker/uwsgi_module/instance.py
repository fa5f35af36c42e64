"""Functions about the instance and its processes: who they are, what they do, reload and stop."""

from __future__ import annotations

import os
import time
from _signal import SIGHUP, SIGTERM
from typing import Any

from ..output import application_output
from ..state.scoreboard import Row
from ..title import set_title
from .here import Functions, Here, as_text

_PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')


def functions(here: Here) -> Functions:
    """Those that need no request."""
    return {
        **_identity(here),
        **_control(here),
        **_numbers(here),
        'log': _log,
        'parsefile': parsefile,
    }


def _identity(here: Here) -> Functions:
    def masterpid() -> int:
        """The pid of the master."""
        return here.master_pid

    def worker_id() -> int:
        """The number of this worker; 0 in other processes."""
        return here.worker_id

    def mule_id() -> int:
        """The number of this mule; 0 in other processes."""
        return here.mule_id

    def i_am_the_spooler() -> bool | None:
        """True in a spooler, else None."""
        return True if here.is_spooler else None

    return {
        'masterpid': masterpid,
        'worker_id': worker_id,
        'mule_id': mule_id,
        'i_am_the_spooler': i_am_the_spooler,
    }


def _control(here: Here) -> Functions:
    def reload() -> bool:
        """Reloads the instance; running requests finish first."""
        os.kill(here.master_pid, SIGHUP)
        return True

    def stop() -> bool:
        """Stops the instance; running requests finish first."""
        os.kill(here.master_pid, SIGTERM)
        return True

    def setprocname(name: str) -> None:
        """Sets the title of this process, as `ps` shows it."""
        set_title(as_text(name, 'the name'))

    def accepting() -> None:
        """Nothing: a worker takes requests as soon as its application is loaded."""

    def ready() -> bool | None:
        """True in a worker: its instance serves."""
        return True if here.worker_id else None

    return {
        'reload': reload,
        'stop': stop,
        'setprocname': setprocname,
        'accepting': accepting,
        'ready': ready,
    }


def _numbers(here: Here) -> Functions:
    def workers() -> tuple[dict[str, Any], ...]:
        """What each worker does and has done."""
        rows = list(enumerate(here.scoreboard.rows(), 1))
        usual, more = rows[: here.settings.processes], rows[here.settings.processes :]
        wanted = usual + [(number, row) for number, row in more if is_alive(row.pid)]
        return tuple(_worker(here, number, row) for number, row in wanted)

    def total_requests() -> int:
        """The requests that the workers of this generation have answered."""
        return sum(row.requests for row in here.scoreboard.rows())

    def mem() -> tuple[int, int]:
        """Resident memory and address space of this process, in bytes."""
        return memory_of('self')

    def logsize() -> int:
        """The bytes of the log file; 0 where the log is no file."""
        try:
            return os.stat(here.settings.log_file).st_size if here.settings.log_file else 0
        except OSError:
            return 0

    def micros() -> int:
        """Microseconds since 1970."""
        return time.time_ns() // 1000

    return {
        'workers': workers,
        'total_requests': total_requests,
        'mem': mem,
        'logsize': logsize,
        'listen_queue': _listen_queue,
        'micros': micros,
    }


def _listen_queue(number: int = 0) -> int:
    """Connections that the kernel holds back: none, as the gateway accepts each at once."""
    if number:
        raise ValueError(f'unable to find socket {number}')
    return 0


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number."""
    return pid > 0 and os.path.exists(f'/proc/{pid}')


def _worker(here: Here, number: int, row: Row) -> dict[str, Any]:
    is_there = is_alive(row.pid)
    resident, space = memory_of(str(row.pid)) if is_there else (0, 0)
    status = b'busy' if row.is_busy else b'idle'
    applications = here.settings.applications if is_there else []
    return {
        'id': number if is_there else 0,
        'pid': row.pid if is_there else 0,
        'requests': row.requests,
        'delta_requests': row.requests - row.before,
        'signals': 0,
        'exceptions': row.exceptions,
        'status': status if is_there else b'cheap',
        'rss': resident,
        'vsz': space,
        'running_time': row.microseconds,
        'last_spawn': row.spawned,
        'respawn_count': max(row.spawns - 1, 0),
        'tx': row.sent,
        'avg_rt': row.average,
        'apps': tuple(
            {
                'id': index,
                'modifier1': 0,
                'mountpoint': source.mount.encode(),
                'startup_time': 0,
                'requests': row.requests if len(applications) == 1 else 0,
                'exceptions': row.exceptions if len(applications) == 1 else 0,
                'chdir': b'',
            }
            for index, source in enumerate(applications)
        ),
    }


def memory_of(process: str) -> tuple[int, int]:
    """Resident memory and address space of a process, in bytes; 0 where it has ended."""
    try:
        with open(f'/proc/{process}/statm', 'rb') as statm:
            space, resident = statm.read().split()[:2]
    except OSError:
        return 0, 0
    return int(resident) * _PAGE_BYTES, int(space) * _PAGE_BYTES


def _log(line: str) -> bool:
    """Writes a line to the log."""
    if not isinstance(line, str):
        raise TypeError(f'log() argument 1 must be str, not {type(line).__name__}')
    application_output.errors_stream().write(f'{line}\n')
    return True


def parsefile(path: str) -> dict[bytes, bytes] | None:
    """The variables of a file that holds one packet of the uwsgi protocol, as a spool file does."""
    with open(as_text(path, 'the path'), 'rb') as file:
        packet = file.read()
    if len(packet) < 4 or len(packet) < 4 + int.from_bytes(packet[1:3], 'little'):
        return None
    strings = []
    at, end = 4, 4 + int.from_bytes(packet[1:3], 'little')
    while at + 2 <= end:
        size = int.from_bytes(packet[at : at + 2], 'little')
        strings.append(packet[at + 2 : at + 2 + size])
        at += 2 + size
    return dict(zip(strings[::2], strings[1::2]))
