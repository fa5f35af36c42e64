"""A master and a gateway that do what a test says, around the real shim in real processes."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[3]
SHIM = ROOT / 'src/workers/python'
APPS = ROOT / 'test/apps/python_shim'
PYTHON = os.environ.get('REEVE_TEST_PYTHON', sys.executable)
DEADLINE_SECONDS = 60.0

sys.path.insert(0, str(SHIM))
from reeve_worker.requests import request_frames as frames  # noqa: E402

PADDING = 'x' * 200
Message = dict[str, Any]


def until(what: str, condition: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> Any:
    """Waits for a condition to be true and returns its value."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f'waited {seconds} s in vain for: {what}; last seen {value!r}')
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """True for a process that runs; a zombie does not."""
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in 'ZX'


class Slot:
    """The gateway's end of one channel."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(DEADLINE_SECONDS)
        self.connection = connection
        self.takes_files = True
        kind, hello = self.receive()
        assert kind == frames.HELLO, kind
        version, *identity, claims = frames.decode_strings(frames.HELLO, hello)
        assert version == frames.VERSION, version
        self.token, self.generation, self.slot, self.thread, self.pid = identity
        # As the gateway does: both ends, so that the bytes outlive the worker.
        path = f'/proc/{self.pid}/fd/{claims}'
        self._claims = os.fdopen(os.open(path, os.O_RDWR | os.O_NONBLOCK), 'rb+', buffering=0)

    def send(self, kind: int, payload: bytes = b'', flags: int = 0) -> None:
        self.connection.sendall(frames.encode_frame(kind, payload, flags))

    def receive(self) -> tuple[int, bytes]:
        header = frames.decode_header(self._exactly(frames.HEADER_SIZE))
        assert header is not None
        return header.type, self._exactly(header.length)

    def _exactly(self, size: int) -> bytes:
        data = b''
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def close(self) -> None:
        self.connection.close()
        self._claims.close()

    def take_back(self) -> int:
        """How many requests sent ahead the worker had not begun."""
        return len(self._claims.read(100) or b'')

    def is_silent(self, seconds: float) -> bool:
        return not select.select([self.connection], [], [], seconds)[0]

    def ask(
        self,
        path: str = '/',
        method: str = 'GET',
        number: int = 0,
        has_body: bool = False,
        ahead: bool = False,
        **more: str,
    ) -> None:
        """Sends a REQUEST with the variables that a gateway sends."""
        path_info, _, query = path.partition('?')
        variables = {
            'REQUEST_METHOD': method,
            'SCRIPT_NAME': '',
            'PATH_INFO': path_info,
            'QUERY_STRING': query,
            'REQUEST_URI': path,
            'SERVER_NAME': 'test',
            'SERVER_PORT': '8000',
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'REMOTE_ADDR': '127.0.0.1',
            **more,
        }
        strings = [str(number)]
        for name, value in variables.items():
            strings += [name, value]
        flags = (frames.HAS_BODY if has_body else 0) | (frames.SENT_AHEAD if ahead else 0)
        if ahead:
            self._claims.write(b'1')
        self.send(frames.REQUEST, frames.encode_strings(strings), flags)

    def send_body(self, *parts: bytes) -> None:
        for part in parts:
            self.send(frames.BODY, part)
        self.send(frames.BODY_END)

    def answer(self) -> Answer:
        """Reads one response up to END."""
        answer = Answer()
        while True:
            kind, payload = self.receive()
            if kind == frames.LOGVAR and payload.startswith(b'\0'):
                answer.note = frames.decode_strings(kind, payload)[1]
                continue
            answer.frames.append(frames.NAMES[kind])
            if kind == frames.ANSWER:
                head, body, answer.end = frames.decode_answer(payload)
                answer.take_whole(kind, head, body)
                return answer
            if kind == frames.RESPONSE:
                answer.take_whole(kind, *frames.decode_response(payload))
            elif kind == frames.HEAD:
                answer.take_head(kind, payload)
            elif kind == frames.DATA:
                answer.chunks.append(payload)
            elif kind == frames.LOGVAR:
                answer.log_variables += frames.decode_strings(kind, payload)
            elif kind == frames.FILE:
                answer.chunks.append(self._taken(payload) if self.takes_files else b'')
                self.send(frames.FILE_TAKEN, b'\0' if self.takes_files else b'\1')
            elif kind == frames.END:
                answer.end = frames.decode_end(payload)
                return answer
            else:
                raise AssertionError(f'a worker sent {frames.NAMES[kind]}')

    def _taken(self, payload: bytes) -> bytes:
        descriptor, start, length = frames.decode_file(payload)
        with open(f'/proc/{self.pid}/fd/{descriptor}', 'rb') as file:
            file.seek(start)
            return file.read(length)

    def get(self, path: str = '/', **more: Any) -> Answer:
        self.ask(path, **more)
        return self.answer()


class Answer:
    """A response as it came over the channel."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        # The id under which the worker has logged the request, and how it failed.
        self.note = ''
        self.status = ''
        self.headers: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []
        self.end = frames.EndOfResponse(-1, 0, 0)
        self.log_variables: list[str] = []

    def take_head(self, kind: int, head: bytes) -> None:
        number, text = frames.decode_head(kind, head)
        self.status, *lines, rest = text.split('\r\n')
        assert (len(lines), rest) == (number, ''), head
        for line in lines:
            name, _, value = line.partition(': ')
            self.headers.append((name, value))

    def take_whole(self, kind: int, head: bytes, body: bytes) -> None:
        self.take_head(kind, head)
        if body:
            self.chunks.append(body)

    @property
    def body(self) -> bytes:
        return b''.join(self.chunks)

    @property
    def failed(self) -> bool:
        return self.end.outcome == frames.FAILED


class Daemon:
    """A spawner with a fake master and a fake gateway; a context manager."""

    def __init__(self, app: str = '', folder: Path | None = None, **settings: Any) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix='reeve-shim-')
        self.folder = folder or APPS
        self.log_path = Path(self._scratch.name) / 'log'
        self.channel = f'reeve-test-{secrets.token_hex(8)}'
        self.settings: Message = {
            'type': 'settings',
            'generation': 1,
            'applications': [source(app)] if app else [],
            'lazyApps': False,
            'threads': 1,
            'processes': 1,
            'channel': self.channel,
            'pythonPath': [],
            'argv': [],
            'autoreload': 0,
            'titles': {'spawner': 'demo reeve spawner', 'worker': 'demo reeve worker %d'},
            'exitLimit': 2,
            'logFile': '',
            **settings,
        }
        self.messages: list[Message] = []
        self.slots: list[Slot] = []
        self._unread = b''

    def __enter__(self) -> Daemon:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(b'\0' + self.channel.encode())
        self.listener.listen(16)
        self.listener.settimeout(DEADLINE_SECONDS)
        self.control, child_control = socket.socketpair()
        lifeline_read, self.lifeline = os.pipe()
        log = open(self.log_path, 'ab')
        shared = os.memfd_create('reeve')
        source_fds = (child_control.fileno(), lifeline_read, shared)

        def place_descriptors() -> None:
            high = [os.dup2(fd, 90 + index, False) for index, fd in enumerate(source_fds)]
            for index, fd in enumerate(high):
                os.dup2(fd, 3 + index, True)

        environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'}
        self.process = subprocess.Popen(
            [PYTHON, str(SHIM / 'launch.py'), PADDING],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env=environment,
            pass_fds=(3, 4, 5),
            preexec_fn=place_descriptors,
            start_new_session=True,
        )
        log.close()
        child_control.close()
        os.close(lifeline_read)
        os.close(shared)
        self.say(self.settings)
        return self

    def __exit__(self, kind: Any, error: Any, _trace: Any) -> None:
        if kind is not None:
            print(f'--- log\n{self.log()}--- messages {self.messages}', file=sys.stderr)
        self.cut_lifeline()
        self.process.kill()
        self.process.wait()
        pids = {message['pid'] for message in self.messages if 'pid' in message}
        until('all processes are gone', lambda: not [pid for pid in pids if is_alive(pid)], 3)
        for slot in self.slots:
            slot.close()
        self.listener.close()
        self.control.close()
        self._scratch.cleanup()

    def cut_lifeline(self) -> None:
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def say(self, message: Message) -> None:
        self.control.sendall(json.dumps(message).encode() + b'\n')

    def log(self) -> str:
        return self.log_path.read_text('utf-8', 'replace')

    def hear(self, kind: str, after: int = 0, **fields: Any) -> Message:
        """Waits for such a message beyond the first `after` ones; keeps all in `messages`."""
        limit = time.monotonic() + DEADLINE_SECONDS
        while True:
            for message in self.messages[after:]:
                if message['type'] == kind and fields.items() <= message.items():
                    return message
            after = len(self.messages)
            if not select.select([self.control], [], [], max(0, limit - time.monotonic()))[0]:
                raise AssertionError(f'no message {kind} {fields}')
            data = self.control.recv(65536)
            if not data:
                raise AssertionError(f'the stream ended before {kind} {fields}')
            *lines, self._unread = (self._unread + data).split(b'\n')
            assert all(len(line) < 4096 for line in lines), 'a message is too long'
            self.messages += [json.loads(line) for line in lines]

    def fork(self, slot: int = 1, seen: str = '') -> int:
        """Asks for a worker and returns its pid."""
        known = len(self.messages)
        token = secrets.token_hex(16)
        self.say({'type': 'fork', 'slot': slot, 'token': token, 'seenTraceback': seen})
        return int(self.hear('forked', known, slot=slot)['pid'])

    def heard(self, kind: str) -> list[Message]:
        """All messages of the kind that have come up to the answer to a ping."""
        self.say({'type': 'ping', 'number': 7})
        self.hear('alive', number=7)
        return [message for message in self.messages if message['type'] == kind]

    def accept(self) -> Slot:
        """The next channel that a worker opens."""
        slot = Slot(self.listener.accept()[0])
        self.slots.append(slot)
        return slot

    def serving(self, slot: int = 1) -> Slot:
        """Imports, forks a worker and returns its first channel."""
        self.hear('imported')
        self.fork(slot)
        return self.accept()


def source(app: str, mount: str = '', callable_name: str = '') -> Message:
    """`x.py` is a file, everything else a module."""
    kind = 'file' if app.endswith('.py') else 'module'
    return {
        'mount': mount,
        'kind': kind,
        'name': app,
        'callable': callable_name,
        'origin': 'app.ini:4',
    }


def stop(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)
