"""What the application prints: one write of several lines is one entry of the log.

sys.stdout and sys.stderr stay what Python made them, but for the innermost part, which writes to
the descriptor. There a write of several lines becomes one entry of the journal, or one record with
log-json, with the level of the record of `logging` that it shows, or as an error where it is a
traceback. Everything else goes to the descriptor as before: a single line to the journal (journald
knows who wrote it), what does not end with a newline, and all where the application has put a file
of its own in the place of descriptor 1 or 2. What does not come through Python's streams (programs
that the application runs, code in C) is not seen here.
"""

from __future__ import annotations

import io
import re
import sys
from _thread import get_ident
from typing import Any

from . import log, python_logging, running_request

# Larger writes than this may become two entries.
_BUFFER_BYTES = 256 * 1024
_TRACEBACK = b'Traceback (most recent call last):\n'
# The first words of what Python prints in several writes before a traceback.
_BEFORE_TRACEBACK = (
    b'\nDuring handling of the above exception, another exception occurred:\n',
    b'\nThe above exception was the direct cause of the following exception:\n',
    b'Exception in thread ',
    b'Exception ignored in',
)
# What `logging` and loguru print, in many writes, when a handler of theirs fails.
_HANDLER_FAILED = b'--- Logging error'
_END_OF_HANDLER_FAILED = (
    b'\nMessage: ',
    b'\nUnable to print the message and arguments',
    b'\n--- End of logging error ---',
)
_HELD_MAX_BYTES = 256 * 1024
_PRIORITY = re.compile(rb'<([0-7])>')
_LINE_WITH_PRIORITY = re.compile(rb'^<[0-7]>', re.MULTILINE)

# By descriptor and thread: the beginning of a traceback, which waits for its end.
begun: dict[tuple[int, int], bytes] = {}


class _Stream(io.FileIO):
    """Descriptor 1 or 2, as sys.stdout.buffer.raw."""

    def __init__(self, number: int) -> None:
        super().__init__(number, 'w', closefd=False)
        self.pieces = _Pieces(number)

    def write(self, data: Any) -> int:
        """As FileIO.write; what became an entry counts as written."""
        piece = bytes(data)
        try:
            if self.pieces.take(piece):
                return len(piece)
        except Exception:
            pass  # Whatever it is, the application's line is not lost for it.
        return io.FileIO.write(self, piece)


class _Pieces:
    """The writes to one stream, put together to entries."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._is_mid_line = False
        self._is_end_due = False

    def take(self, piece: bytes) -> bool:
        """True where the piece is an entry, or a part of one; else it must be written."""
        record = python_logging.record_being_written()
        if record is not None:
            python_logging.note_shown(record)
        if not log.has_entries() or not log.is_log(self._number):
            self.flush()
            return False
        if self._is_end_due:
            self._is_end_due = False
            if piece == b'\n':
                return True
        if self._is_mid_line or b'\n' not in piece:
            # journald and the log helper wait for the end of the line.
            self._is_mid_line = not piece.endswith(b'\n')
            return False
        self._is_end_due = not piece.endswith(b'\n')
        if record is not None:
            self.end()
            return python_logging.send(record, _text(piece))
        return self._take_lines(piece)

    def end(self) -> None:
        """What this thread began is an entry as it is."""
        held = begun.pop((self._number, get_ident()), b'')
        if held:
            self._send(held)

    def flush(self) -> None:
        """The same for all threads, at the end of the process."""
        for number, thread in list(begun):
            if number == self._number:
                held = begun.pop((number, thread), b'')
                if held:
                    self._send(held)

    def _take_lines(self, piece: bytes) -> bool:
        before = begun.pop((self._number, get_ident()), b'')
        whole = before + piece
        if _may_go_on(whole) and len(whole) < _HELD_MAX_BYTES:
            begun[self._number, get_ident()] = whole
            return True
        return self._send(whole, has_lines=before != b'')

    def _send(self, whole: bytes, has_lines: bool = True) -> bool:
        """`has_lines`: a part of it has been taken before, so that it cannot be refused."""
        priority = log.ERROR if _TRACEBACK in whole else log.INFO
        is_line = whole.count(b'\n') < 2 and whole.endswith(b'\n')
        if is_line and not has_lines and priority == log.INFO and not log.has_records():
            return False
        own = _LINE_WITH_PRIORITY.findall(whole)
        if not log.has_records() and own:
            if len(own) > 1 or not whole.startswith(own[0]):
                return False  # Lines for journald, each with its own.
            priority = int(_PRIORITY.match(whole)[1])  # type: ignore[index]
            whole = whole[len(own[0]) :]
        more = running_request.fields()
        if log.send_for_application('application.output', priority, _text(whole), more):
            return True
        if has_lines:
            log.write_for_application(_text(whole) + '\n')
        return has_lines


def _may_go_on(piece: bytes) -> bool:
    """Whether the traceback in it is not at its end, or is still to come."""
    if piece.startswith(_HANDLER_FAILED):
        return not any(end in piece for end in _END_OF_HANDLER_FAILED)
    start = piece.rfind(_TRACEBACK)
    if start < 0:
        return piece.startswith(_BEFORE_TRACEBACK)
    # The line that names the exception is the first that is not indented.
    lines = piece[start + len(_TRACEBACK) :].splitlines()
    return all(line.startswith((b' ', b'\t')) for line in lines)


def _text(piece: bytes) -> str:
    return piece.decode('utf-8', 'replace').rstrip('\n')


_streams: list[_Stream] = []
_errors: list[Any] = []


def take_streams() -> None:
    """Before the application is imported: Python's standard streams are read here from now on.

    That for wsgi.errors is made here as well: the application may close descriptor 2.
    """
    _errors.append(_open('stderr', 2, 'utf-8', 'backslashreplace'))
    sys_module = sys.modules['sys']
    for name, number in (('stdout', 1), ('stderr', 2)):
        old = getattr(sys_module, name)
        if type(old) is not io.TextIOWrapper or old is not getattr(sys_module, f'__{name}__'):
            continue  # A sitecustomize has put something of its own there.
        if old.fileno() != number:
            continue
        old.flush()
        stream = _open(name, number, old.encoding, old.errors)
        setattr(sys_module, name, stream)
        setattr(sys_module, f'__{name}__', stream)


def errors_stream() -> Any:
    """The stream for wsgi.errors: it writes to descriptor 2, whatever becomes of sys.stderr."""
    return _errors[0]


def _open(name: str, number: int, encoding: str, errors: str | None) -> Any:
    raw = _Stream(number)
    raw.name = f'<{name}>'
    buffer = io.BufferedWriter(raw, _BUFFER_BYTES)
    stream: Any = io.TextIOWrapper(buffer, encoding, errors, newline='\n', line_buffering=True)
    stream.mode = 'w'
    _streams.append(raw)
    return stream


def end_of_request() -> None:
    """Nothing of a request waits for the next one."""
    for stream in _streams:
        stream.pieces.end()


def flush() -> None:
    """At the end of the process."""
    for errors in _errors:
        try:
            errors.flush()
        except (OSError, ValueError):
            pass  # The application has closed it, or descriptor 2.
    for stream in _streams:
        stream.pieces.flush()


def forget_in_application_child() -> None:
    """What another thread had begun to print when the application forked."""
    begun.clear()
