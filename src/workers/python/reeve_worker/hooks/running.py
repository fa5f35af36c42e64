"""Hooks of the process that loads the application, and of its workers: the twin of master/hooks.

The first that fails ends its point. A command has a process group of its own, and a guard: that
kills it when its time is over, and when the process that waits for it has died.
"""

from __future__ import annotations

import _signal as signal
import errno
import os
import select
import stat
import sys
import time
from _socket import AF_INET, AF_UNIX, SOCK_STREAM, socket
from typing import Callable

from ..control import Hook, Hooks
from ..loading.load_failure import LoadFailure
from ..output import log
from ..own_descriptors import own

_LOOK_SECONDS = 0.05
_CANNOT_RUN = 127


class HookFailed(LoadFailure):
    """A hook failed: the process that loads the application, or this worker, ends."""


def run(hooks: Hooks, point: str) -> None:
    """Runs those of one point in their order. Raises HookFailed."""
    for hook in hooks.points.get(point, ()):
        log.say(f'running {hook.shown} ({point})')
        try:
            why = _do(hook, hooks.seconds)
        except OSError as error:
            why = error.strerror or str(error)
        if why:
            raise HookFailed(f'{hook.origin}: the hook {hook.shown} ({point}) {why}')


def _do(hook: Hook, seconds: float) -> str:
    """Does it; returns why it failed, '' for well. Raises OSError."""
    action, argument = hook.action, hook.argument
    first, _, rest = argument.partition(' ')
    if action in _WITH_PATH:
        _WITH_PATH[action](argument)
    elif action in _WITH_TEXT:
        _WITH_TEXT[action](first, rest)
    elif action == 'exec':
        return _execute(argument, seconds)
    elif action == 'safeexec':
        failure = _execute(argument, seconds)
        if failure:
            log.say(f'{hook.shown} {failure}, which is allowed')
    elif action in ('print', 'log'):
        log.say(argument)
    elif action == 'alarm':
        log.say(f'alarm {first}: {rest}')
    elif action == 'exit':
        return f'ends this process with {int(argument or "0")}'
    elif action.startswith('wait_for_'):
        return _wait_for(action, argument, seconds)
    elif action.startswith('call'):
        return _call(action, first, rest)
    return ''


def _put_variable(argument: str) -> None:
    """The application's `os` has an environ of its own, which `os` of ours would not change."""
    name, _, value = argument.partition('=')
    os.environ[name] = value
    public = sys.modules.get('os')
    if public is not None:
        public.environ[name] = value


def _make_directory(path: str) -> None:
    """One that is there is as it should be: a reload does this again."""
    if not os.path.isdir(path):
        os.mkdir(path)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _write(path: str, text: str, flags: int) -> None:
    """Raises OSError."""
    opened = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o666)
    try:
        data = text.encode('utf-8', 'surrogateescape')
        while data:
            data = data[os.write(opened, data) :]
    finally:
        os.close(opened)


def _write_fifo(path: str, text: str) -> None:
    """As in uWSGI nothing is written where nobody reads."""
    try:
        _write(path, text, os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ENXIO, errno.ENODEV):
            raise


def _own(path: str, owner: str) -> None:
    """By name or number. Raises OSError where there is no such user or group."""
    import grp
    import pwd

    user, _, group = owner.partition(' ')
    try:
        uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
        gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise OSError(errno.EINVAL, f'failed: there is no such name ({error.args[0]})') from None
    os.chown(path, uid, gid)


_NEW = os.O_CREAT | os.O_TRUNC
_MORE = os.O_CREAT | os.O_APPEND

_WITH_PATH: dict[str, Callable[[str], None]] = {
    'cd': os.chdir,
    'chdir': os.chdir,
    'mkdir': _make_directory,
    'unlink': _remove,
    'creat': lambda path: _write(path, '', _NEW),
    'create': lambda path: _write(path, '', _NEW),
    'sticky': lambda path: os.chmod(path, os.stat(path).st_mode | stat.S_ISVTX),
    'putenv': _put_variable,
}
_WITH_TEXT: dict[str, Callable[[str, str], None]] = {
    'write': lambda path, text: _write(path, text, _NEW),
    'writen': lambda path, text: _write(path, f'{text}\n', _NEW),
    'append': lambda path, text: _write(path, text, _MORE),
    'appendn': lambda path, text: _write(path, f'{text}\n', _MORE),
    'writefifo': _write_fifo,
    'chmod': lambda path, mode: os.chmod(path, int(mode, 8)),
    'chown': _own,
    'chown2': _own,
}


def _call(action: str, name: str, value: str) -> str:
    """What of C is called by name: hookActions has the list."""
    try:
        if name == 'umask':
            os.umask(int(value) & 0o777)
        elif name == 'nice':
            os.nice(int(value))
        elif name == 'sleep':
            time.sleep(max(int(value), 0))
        else:
            functions = {'chdir': os.chdir, 'mkdir': _make_directory, 'rmdir': os.rmdir}
            functions.get(name, os.unlink)(value)
    except OSError as error:
        return f'failed: {error.strerror}' if action.endswith('ret') else ''
    return ''


def _execute(command: str, seconds: float) -> str:
    """Runs it by /bin/sh; returns how it failed, '' where it ended with 0. Raises OSError."""
    alive_read, alive_write = os.pipe()
    told_read, told_write = os.pipe()
    pid = own.fork_worker()
    if pid == 0:
        try:
            os.close(alive_write)
            os.close(told_read)
            os.write(told_write, _guard(command, seconds, alive_read).encode())
        finally:
            os._exit(0)
    os.close(alive_read)
    os.close(told_write)
    try:
        told = b''
        while data := os.read(told_read, 4096):
            told += data
    finally:
        os.close(alive_write)
        os.close(told_read)
        os.waitpid(pid, 0)
    return told.decode()


def _guard(command: str, seconds: float, alive: int) -> str:
    """In a process of its own: ends the command when its time is over, or who waits has died."""
    shell = os.fork()
    if shell == 0:
        try:
            os.setpgid(0, 0)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.execve('/bin/sh', ['/bin/sh', '-c', command], os.environ)
        finally:
            os._exit(_CANNOT_RUN)
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    ends_at = time.monotonic() + seconds
    pause = 0.002
    while True:
        ended, status = os.waitpid(shell, os.WNOHANG)
        if ended:
            break
        is_late = time.monotonic() >= ends_at
        if is_late or poll.poll(pause * 1000):
            _kill(shell)
            os.waitpid(shell, 0)
            return f'was killed: it did not end within {seconds:g} s (hook-timeout, start-timeout)'
        pause = min(pause * 2, _LOOK_SECONDS)
    if os.WIFSIGNALED(status):
        return f'was killed by signal {os.WTERMSIG(status)}'
    code = os.WEXITSTATUS(status)
    return f'ended with {code}' if code else ''


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass  # It has just ended.


def _wait_for(action: str, what: str, seconds: float) -> str:
    is_there = {
        'wait_for_fs': os.path.exists,
        'wait_for_file': os.path.isfile,
        'wait_for_dir': os.path.isdir,
        'wait_for_socket': _answers,
    }[action]
    ends_at = time.monotonic() + seconds
    while not is_there(what):
        if time.monotonic() >= ends_at:
            return f'was waited for in vain for {seconds:g} s (hook-timeout)'
        time.sleep(_LOOK_SECONDS)
    return ''


def _answers(address: str) -> bool:
    """Whether something accepts connections: HOST:PORT, or the path of a unix socket."""
    host, colon, port = address.rpartition(':')
    is_internet = bool(colon) and port.isdigit() and '/' not in host
    client = socket(AF_INET if is_internet else AF_UNIX, SOCK_STREAM)
    client.settimeout(1.0)
    try:
        client.connect((host or '127.0.0.1', int(port)) if is_internet else address)
    except OSError:
        return False
    finally:
        client.close()
    return True
