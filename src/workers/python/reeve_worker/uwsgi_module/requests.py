"""Functions about the request that the calling thread runs, and about descriptors of its own."""

from __future__ import annotations

import os
import time
from _socket import AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SO_ERROR, SOL_SOCKET, socket
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from ..jobs.bounded import bound
from ..output.running_request import current
from ..requests import request_frames as frames
from ..requests.channel import Channel, ClientGone
from ..requests.file_part import FileWrapper
from .here import Functions, Here, as_data, as_text, refuse

_BLOCK_BYTES = 32768
_RECEIVE_BYTES = 4096
_NO_CLIENT = (
    'the client is connected to the gateway: return an iterable or use write() to send, and'
    ' read wsgi.input to receive; with a descriptor as first argument it works on that'
)


def functions(here: Here) -> Functions:
    """By name."""
    return {
        **_about_request(here),
        **_limits(here),
        **_sending(here),
        **_descriptors(),
        'log_this_request': refuse(
            'log_this_request', 'a single request cannot be logged: use log-slow, log-4xx, log-5xx'
        ),
    }


def _about_request(here: Here) -> Functions:
    def request_id() -> int:
        """How many requests this worker has answered before this one."""
        return here.scoreboard.own_requests

    def cl() -> int:
        """The Content-Length of the request."""
        run = current()
        text = '' if run is None else str(run[0].get('CONTENT_LENGTH', ''))
        return int(text) if text.isascii() and text.isdigit() else 0

    def add_var(name: str, value: str) -> bool:
        """Adds a variable to the environ of the request."""
        here.run()[0][as_text(name, 'the name')] = as_text(value, 'the value')
        return True

    def chunked_read(_seconds: int = 0) -> bytes:
        """What has come of the body, at least a byte; empty at its end."""
        return bytes(here.run()[3].read1())

    def set_warning_message(_text: str) -> bool:
        """Takes a text that uWSGI itself shows nowhere."""
        return True

    return {
        'request_id': request_id,
        'cl': cl,
        'add_var': add_var,
        'chunked_read': chunked_read,
        'chunked_read_nb': refuse('chunked_read_nb', 'use wsgi.input.read1(), or chunked_read()'),
        'set_warning_message': set_warning_message,
        'suspend': lambda: True,
        'green_schedule': lambda: True,
        'async_sleep': lambda _seconds: b'',
        'ready_fd': lambda: -1,
        'connection_fd': refuse('connection_fd', _NO_CLIENT),
        'disconnect': refuse(
            'disconnect',
            'a response cannot be cut off from its request: send a Content-Length, then the client'
            ' has all of it while the application goes on',
        ),
        'embedded_data': _embedded_data,
        'extract': extract,
    }


def _limits(here: Here) -> Functions:
    def set_user_harakiri(seconds: int) -> None:
        """Bounds the running request, or what a mule or a spooler runs; 0: as the option says."""
        run = current()
        if run is None:
            if here.receiver is not None:
                bound(float(seconds))
            return
        usual = here.settings.harakiri
        left = usual - (time.perf_counter() - run[4]) if usual else 0.0
        wanted = float(seconds)
        if wanted <= 0:
            wanted = left
        elif usual:
            wanted = min(wanted, left)
        run[1].send(frames.encode_limit(max(int(wanted * 1000), 1) if wanted or usual else 0))

    variables: dict[int, tuple[object, dict[bytes, bytes]]] = {}

    def set_logvar(name: str, value: str) -> None:
        """Sets a variable of the request for log-format."""
        run = current()
        if run is None:
            return
        key, data = as_data(name, 'the name'), as_data(value, 'the value')
        known = variables.get(id(run[1]))
        if known is None or known[0] is not run[0]:
            known = variables[id(run[1])] = (run[0], {})
        known[1][key] = data
        run[1].send(frames.encode_log_variables([(key, data)]))

    def get_logvar(name: str) -> bytes | None:
        """The value of a variable that was set in this request."""
        run = current()
        known = None if run is None else variables.get(id(run[1]))
        if run is None or known is None or known[0] is not run[0]:
            return None
        return known[1].get(as_data(name, 'the name'))

    return {
        'set_user_harakiri': set_user_harakiri,
        'set_logvar': set_logvar,
        'get_logvar': get_logvar,
    }


def send_metrics(get: Callable[[str], int], names: Sequence[str], channel: Channel) -> None:
    """What %(metric.NAME) of log-format shows."""
    pairs = [(as_data(f'metric.{name}', 'the name'), b'%d' % get(name)) for name in names]
    try:
        channel.send(frames.encode_log_variables(pairs))
    except ClientGone:
        pass  # The gateway is gone, and logs nothing.


def send_note(note: tuple[str, str] | None, channel: Channel) -> None:
    """The id under which a request was logged, and how it failed."""
    if note is None:
        return
    try:
        channel.send(frames.encode_note(*note))
    except ClientGone:
        pass  # As above.


def _sending(here: Here) -> Functions:
    def send(*arguments: Any) -> bool:
        """send(descriptor, data) writes there; send(data) writes to the response."""
        if len(arguments) == 2:
            _write_all(_number_of(arguments[0]), as_data(arguments[1], 'the data'))
        else:
            (data,) = arguments
            here.run()[2].write(as_data(data, 'the data'))
        return True

    def sendfile(what: Any, chunk: int = 0, start: int = 0, size: int = 0) -> Any:
        """What to return from the application to send a file: a path, a descriptor or a file."""
        if isinstance(what, (str, bytes)):
            file: Any = open(what, 'rb')
        elif isinstance(what, int):
            file = os.fdopen(os.dup(what), 'rb')
        else:
            file = what
        if start:
            file.seek(start)
        if size > 0:
            return _Part(file, size, chunk or _BLOCK_BYTES)
        return FileWrapper(file, chunk or _BLOCK_BYTES)

    return {'send': send, 'sendfile': sendfile}


class _Part:
    """The next bytes of a file, in blocks."""

    def __init__(self, file: Any, size: int, block: int) -> None:
        self._file, self._left, self._block = file, size, block

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data: bytes = self._file.read(min(self._block, self._left))
        if not data:
            raise StopIteration
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _descriptors() -> Functions:
    def connect(address: str, seconds: int = 0) -> int:
        """Connects to host:port or a unix socket; returns the descriptor."""
        text = as_text(address, 'the address')
        host, _, port = text.rpartition(':')
        is_network = host != '' and port.isdigit()
        family = AF_UNIX if not is_network else AF_INET6 if ':' in host else AF_INET
        opened = socket(family, SOCK_STREAM)
        opened.settimeout(seconds or None)
        opened.connect((host.strip('[]'), int(port)) if is_network else text)
        opened.settimeout(None)
        return opened.detach()

    def recv(*arguments: Any) -> bytes:
        """recv(descriptor[, size]) reads from there."""
        if not arguments or (len(arguments) == 1 and arguments[0] > _RECEIVE_BYTES):
            raise NotImplementedError(f'uwsgi.recv: {_NO_CLIENT}')
        size = arguments[1] if len(arguments) > 1 else _RECEIVE_BYTES
        return os.read(_number_of(arguments[0]), size)

    def close(descriptor: Any) -> None:
        """Closes a descriptor."""
        os.close(_number_of(descriptor))

    def is_connected(descriptor: Any) -> bool:
        """Whether a socket has no error."""
        try:
            with socket(fileno=os.dup(_number_of(descriptor))) as looked_at:
                return looked_at.getsockopt(SOL_SOCKET, SO_ERROR) == 0
        except OSError:
            return False

    return {'connect': connect, 'recv': recv, 'close': close, 'is_connected': is_connected}


def _number_of(descriptor: Any) -> int:
    number: int = descriptor if isinstance(descriptor, int) else descriptor.fileno()
    return number


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _embedded_data(name: str) -> bytes:
    """Data in the binary of uWSGI: there is none."""
    raise ValueError(f'unable to find symbol {as_text(name, "the name")}')


def extract(source: str) -> bytes:
    """What a file holds, or a descriptor has (fd://N). Raises OSError."""
    text = as_text(source, 'the source')
    scheme, mark, rest = text.partition('://')
    if not mark or scheme == 'file':
        with open(rest if mark else text, 'rb') as file:
            return file.read()
    if scheme == 'fd' and rest.isdigit():
        with os.fdopen(os.dup(int(rest)), 'rb') as file:
            return file.read()
    raise NotImplementedError(
        f'uwsgi.extract reads files and fd://N; for {scheme}:// use a library of Python'
    )
