"""The journal: a stream of its own for what a process prints, and entries for what the shim says.

Only where the master says that fd 2 is the journal. Each process connects its own stream (the
socket behind sd_journal_stream_fd(3)), so that every line has the right pid and an identifier that
names the application and the worker. Entries go as journal_datagram.py says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from socket import AF_UNIX, SHUT_RD, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, socket
from typing import NamedTuple

from .journal_datagram import FOLDER, deliver, encode_field

_STREAM_BUFFER_BYTES = 8 * 1024 * 1024
_CONNECT_SECONDS = 1.0
_CONTROLS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]')

Field = tuple[str, str]


class JournalSettings(NamedTuple):
    """What the master says of the journal; see control-messages.ts."""

    app: str
    unit: str
    message_ids: Mapping[str, str]


class Journal:
    """What this process knows of the journal; one instance per process."""

    def __init__(self) -> None:
        self._settings: JournalSettings | None = None
        self._about: list[Field] = []
        self._stream: tuple[int, int] | None = None

    def begin(self, settings: JournalSettings | None, generation: int) -> None:
        """In the spawner, before the application prints anything."""
        if settings is None:
            return
        self._settings = settings
        self._stream = _identity(2)
        self._become('spawner', [('REEVE_GENERATION', str(generation))])

    def become_worker(self, slot: int, generation: int) -> None:
        """In a forked worker, before it does anything else that could be logged."""
        about = [('REEVE_WORKER', str(slot)), ('REEVE_GENERATION', str(generation))]
        self._become(f'worker {slot}', about)

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
        ours = [descriptor for descriptor in (1, 2) if _identity(descriptor) == self._stream]
        with socket(AF_UNIX, SOCK_STREAM) as stream:
            stream.setsockopt(SOL_SOCKET, SO_SNDBUF, _STREAM_BUFFER_BYTES)
            stream.settimeout(_CONNECT_SECONDS)
            stream.connect(f'{FOLDER}stdout')
            # Identifier, unit, priority, whether `<N>` counts, and three that forward to elsewhere.
            stream.sendall(f'{identifier}\n{unit}\n6\n1\n0\n0\n0\n'.encode())
            stream.settimeout(None)
            stream.shutdown(SHUT_RD)
            for descriptor in ours:
                os.dup2(stream.fileno(), descriptor)
            self._stream = _identity(stream.fileno())
        if 2 in ours and 'JOURNAL_STREAM' in os.environ and self._stream is not None:
            os.environ['JOURNAL_STREAM'] = f'{self._stream[0]}:{self._stream[1]}'


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f'\\u{code:04x}' if code > 0xFF else f'\\x{code:02x}'


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


journal = Journal()
