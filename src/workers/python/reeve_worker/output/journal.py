"""The journal: a stream of its own for what a process prints, and entries for what the shim says.

Only where the master says that fd 2 is the journal. Each process connects its own stream (the
socket behind sd_journal_stream_fd(3)), so that every line has the right pid and an identifier that
names the application and the worker. Entries go as journal_datagram.py says.
"""

from __future__ import annotations

import os
import re
import sys
from _socket import AF_UNIX, SHUT_RD, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, socket
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .journal_datagram import FOLDER, deliver, encode_field

_STREAM_BUFFER_BYTES = 8 * 1024 * 1024
_CONNECT_SECONDS = 1.0
_CONTROLS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]')

Field = tuple[str, str]


class JournalSettings(NamedTuple):
    """What the master says of the journal; see spawner-settings.ts."""

    app: str
    unit: str
    message_ids: Mapping[str, str]


class Journal:
    """What this process knows of the journal; one instance per process."""

    def __init__(self) -> None:
        self._settings: JournalSettings | None = None
        self._about: list[Field] = []
        self._stream: tuple[int, int] | None = None
        self._descriptors = [1, 2]

    def begin(self, settings: JournalSettings | None, generation: int) -> None:
        """In the spawner, before the application prints anything."""
        if settings is None:
            return
        self._settings = settings
        self._stream = identity(2)
        self._become('spawner', [('REEVE_GENERATION', str(generation))])

    def follow(self, descriptor: int) -> None:
        """One more descriptor of this process that stands for the stream."""
        self._descriptors.append(descriptor)

    def become_worker(self, slot: int, generation: int) -> None:
        """In a forked worker, before it does anything else that could be logged."""
        about = [('REEVE_WORKER', str(slot)), ('REEVE_GENERATION', str(generation))]
        self._become(f'worker {slot}', about)

    def become(self, name: str, generation: int) -> None:
        """The same in a mule or a spooler."""
        self._become(name, [('REEVE_JOB', name), ('REEVE_GENERATION', str(generation))])

    def send(
        self, event: str, priority: int, message: str, more: Iterable[Field], *, leaving: bool
    ) -> bool:
        """Sends an entry; False where there is no journal, or it has no room."""
        settings = self._settings
        if settings is None:
            return False
        fields = [
            *self._about,
            ('PRIORITY', str(priority)),
            ('REEVE_EVENT', event),
            *more,
            ('MESSAGE', _CONTROLS.sub(_escaped, message.rstrip('\n'))),
        ]
        if event in settings.message_ids:
            fields.append(('MESSAGE_ID', settings.message_ids[event]))
        try:
            return deliver(b''.join(encode_field(*field) for field in fields), leaving)
        except OSError:
            return False

    @property
    def is_used(self) -> bool:
        """Whether lines on fd 2 may begin with a priority."""
        return self._settings is not None

    @property
    def stream(self) -> tuple[int, int] | None:
        """What this process's own stream is, by `identity`."""
        return self._stream

    def _become(self, role: str, about: list[Field]) -> None:
        if self._settings is None:
            return
        app = self._settings.app
        identifier = f'{app}/{role.replace(" ", "-")}'
        self._about = [
            ('SYSLOG_IDENTIFIER', identifier),
            ('REEVE_APP', app),
            ('REEVE_ROLE', role),
            *about,
        ]
        try:
            self._open_stream(identifier, self._settings.unit)
        except OSError:
            pass  # What is printed goes where the parent's goes, as without a stream of its own.

    def _open_stream(self, identifier: str, unit: str) -> None:
        """Puts a new stream in place of the old one, not of what the application has put there."""
        ours = [number for number in self._descriptors if identity(number) == self._stream]
        stream = socket(AF_UNIX, SOCK_STREAM)
        try:
            stream.setsockopt(SOL_SOCKET, SO_SNDBUF, _STREAM_BUFFER_BYTES)
            stream.settimeout(_CONNECT_SECONDS)
            stream.connect(f'{FOLDER}stdout')
            # Identifier, unit, priority, whether `<N>` counts, and three that forward to elsewhere.
            stream.sendall(f'{identifier}\n{unit}\n6\n1\n0\n0\n0\n'.encode())
            stream.settimeout(None)
            stream.shutdown(SHUT_RD)
            for number in ours:
                os.dup2(stream.fileno(), number, inheritable=number in (1, 2))
            self._stream = identity(stream.fileno())
        finally:
            stream.close()
        if 2 in ours and self._stream is not None:
            _set_journal_stream(f'{self._stream[0]}:{self._stream[1]}')


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f'\\u{code:04x}' if code > 0xFF else f'\\x{code:02x}'


def _set_journal_stream(stream: str) -> None:
    """In the application's environment; `os.environ` here is a copy (private_modules.py)."""
    environ = getattr(sys.modules.get('os'), 'environ', None)
    try:
        if 'JOURNAL_STREAM' in environ:
            environ['JOURNAL_STREAM'] = stream
    except Exception:
        pass  # The application has put something else in its place.


def identity(descriptor: int) -> tuple[int, int] | None:
    """Device and inode of what the number stands for; None when it is closed."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


journal = Journal()
