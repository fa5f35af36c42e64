"""A process becomes the command of an order: its session, streams, user, directory, program."""

from __future__ import annotations

import os
import signal
from typing import Any

Order = dict[str, Any]

CANNOT_RUN = 127


def become(order: Order, output: int, told: int) -> None:
    """In a process forked for it: never returns. Says on `told` why it cannot run."""
    step = 'the command cannot be started'
    try:
        os.setsid()
        for number in range(1, signal.NSIG):
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        step = f'pidfile {order["pidfile"]} cannot be written'
        if order['pidfile']:
            _write_pidfile(order['pidfile'])
        _take_streams(order, output)
        for name, change in (('gid', _set_group), ('uid', _set_user)):
            step = f'{name} = {order[name]} cannot be set'
            if order[name]:
                change(order[name], order)
        step = f'the directory {order["directory"]} cannot be entered'
        os.chdir(order['directory'])
        step = f'{order["argv"][0]} cannot be run'
        os.execve(order['argv'][0], order['argv'], order['environment'])
    except (OSError, KeyError) as error:
        why = error.strerror if isinstance(error, OSError) else 'there is no such name'
        os.write(told, f'{step}: {why}'.encode(errors='replace'))
    finally:
        os._exit(CANNOT_RUN)


def _take_streams(order: Order, output: int) -> None:
    """What the command has as standard streams: nothing to read, and what is its log."""
    if order['input'] >= 0:
        os.set_inheritable(order['input'], False)
        os.dup2(order['input'], 0)
    else:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
    if output >= 0:
        os.dup2(output, 1)
        os.dup2(output, 2)
    # What Reeve was started with beyond the standard streams is nothing for a daemon.
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2:
            try:
                os.set_inheritable(int(name), False)
            except OSError:
                pass  # The listing's own, closed by now.


def _set_group(name: str, order: Order) -> None:
    import grp

    number = int(name) if name.isdigit() else grp.getgrnam(name).gr_gid
    os.setgroups([number])
    os.setgid(number)


def _set_user(name: str, order: Order) -> None:
    import pwd

    number = int(name) if name.isdigit() else pwd.getpwnam(name).pw_uid
    if not order['gid'] and os.getuid() == 0:
        try:
            entry = pwd.getpwuid(number)
            os.initgroups(entry.pw_name, entry.pw_gid)
            os.setgid(entry.pw_gid)
        except KeyError:
            os.setgroups([])
    os.setuid(number)


def _write_pidfile(path: str) -> None:
    """Under another name first: a reader finds the whole number, or the one before."""
    beside = f'{path}.{os.getpid()}'
    with open(beside, 'w', encoding='ascii') as file:
        file.write(f'{os.getpid()}\n')
    os.rename(beside, path)
