"""What the shim itself says: short lines, and tracebacks of the application's.

Where fd 2 is the journal each is one entry of it, with fields; with log-json it is one record;
else it is written as fd 2 is. A traceback starts at the application's own code, and leaves in one
write, so that lines of several threads and processes do not mix. It is written to a descriptor of
its own, which stands for what fd 2 was at the start: the application may have put a file of its own
there.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
import traceback
from collections.abc import Iterable
from types import TracebackType

from ..source_folders import is_of_reeve
from .journal import Field, identity, journal
from .log_file import LogOutput, open_log_file
from .marked_records import RECORD_NAMES, encode

ERROR, WARNING, INFO = 3, 4, 6

# The journal's priorities, as JSON records have them.
_LEVELS = ('error', 'error', 'error', 'error', 'warn', 'info', 'info', 'debug')

_STANDARD_ERROR = 2
_ERROR_MAX_CHARACTERS = 200

_output = LogOutput()
_for_helper = False
_date_format = ''
_worker = 0
_copy = _STANDARD_ERROR
_identity: tuple[int, int] | None = None


def keep_descriptor() -> None:
    """From now on the log is a copy of fd 2, where there is room for one."""
    global _copy
    try:
        _copy = fcntl.fcntl(_STANDARD_ERROR, fcntl.F_DUPFD_CLOEXEC, _STANDARD_ERROR + 1)
    except OSError:
        return
    journal.follow(_copy)
    _note_identity()


def close_in_application_child() -> None:
    """In a child that the application forked the log is fd 2, as for any other program."""
    global _copy
    if descriptor() != _STANDARD_ERROR:
        os.close(_copy)
    _copy = _STANDARD_ERROR


def descriptor() -> int:
    """Where the log is written to; fd 2 again where the application has closed the copy."""
    found = identity(_copy)
    is_whole = found is not None and found in (_identity, journal.stream)
    return _copy if is_whole else _STANDARD_ERROR


def _note_identity() -> None:
    """What the copy stands for is the log, until `reopen`."""
    global _identity
    _identity = identity(_copy)


def say(sentence: str, event: str = 'python.said', more: Iterable[Field] = ()) -> None:
    """A remark: `reeve: <sentence>`, or a warning in the journal. `more` are fields of it there."""
    if not _send('python', event, WARNING, sentence, more, leaving=False):
        _write(f'{_date()}reeve: {sentence}\n', WARNING)


def report(
    event: str, headline: str, text: str, more: Iterable[Field] = (), *, leaving: bool = False
) -> None:
    """An error with the traceback or stacks that belong to it: one entry, `headline` may be ''.

    `leaving`: the process ends right after.
    """
    if not headline and not text:
        return
    message = f'{headline}\n{text}' if headline else text
    if not _send('python', event, ERROR, message, more, leaving=leaving):
        _write(f'{_date()}reeve: {message}' if headline else message, ERROR)


def send_for_application(event: str, priority: int, message: str, more: Iterable[Field]) -> bool:
    """An entry of what the application says; False where the log has lines only."""
    return _send('app', event, priority, message, more, leaving=False)


def write_for_application(text: str) -> None:
    """The same as lines."""
    _write(text, INFO)


def error_fields(error: BaseException) -> list[Field]:
    """Where an exception was raised, and its class, by the journal's names."""
    if not has_entries():
        return []
    fields = [('REEVE_EXCEPTION', class_name(error))]
    last = _last_frame(error)
    if last is not None:
        code = last.tb_frame.f_code
        fields += [
            ('CODE_FILE', code.co_filename),
            ('CODE_LINE', str(last.tb_lineno)),
            ('CODE_FUNC', code.co_name),
        ]
    return fields


def error_in_words(error: BaseException) -> str:
    """One line: "LookupError: no such row, in /srv/views.py:42 in report"."""
    try:
        # Its class is the application's, and that of its text may be: both may be broken.
        text = ''.join(str(error))[:_ERROR_MAX_CHARACTERS]
    except BaseException:
        text = ''
    last = _last_frame(error)
    place = ''
    if last is not None:
        code = last.tb_frame.f_code
        place = f', in {code.co_filename}:{last.tb_lineno} in {code.co_name}'
    return f'{class_name(error)}{": " if text else ""}{text}{place}'


def _last_frame(error: BaseException) -> TracebackType | None:
    """Where it was raised, as far as that is not in the shim."""
    frames = application_frames(traceback_of(error))
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    return frames


def class_name(error: BaseException) -> str:
    """The name of an exception's class with its module, whatever its metaclass has changed."""
    kind = type(error)
    names = [_attribute_of_class(kind, name) for name in ('__module__', '__qualname__')]
    return '.'.join(str(name) for name in names if type(name) is str and name != 'builtins')


def _attribute_of_class(kind: type, name: str) -> object:
    try:
        return type.__getattribute__(kind, name)
    except BaseException:
        return ''


def traceback_of(error: BaseException) -> TracebackType | None:
    """The traceback of an exception, whatever its class has put in the place of the attribute."""
    found: TracebackType | None = BaseException.__dict__['__traceback__'].__get__(error)
    return found


def write_records() -> None:
    """From now on each entry is one record for the log helper (log_lines.py), lines and all."""
    global _for_helper
    _for_helper = True


def date_lines(date_format: str) -> None:
    """From now on each line of ours begins with the time, by strftime(3); '': with nothing."""
    global _date_format
    _date_format = date_format


def _date() -> str:
    if not _date_format or journal.is_used:
        return ''
    return f'{time.strftime(_date_format)} - '


def become_worker(slot: int) -> None:
    """From now on the records are of this worker."""
    global _worker
    _worker = slot


def has_entries() -> bool:
    """Whether the log takes entries, and not only lines."""
    return journal.is_used or _for_helper


def has_records() -> bool:
    """Whether the log goes to the log helper."""
    return _for_helper


def is_log(number: int) -> bool:
    """Whether a descriptor is the log, and not what the application has put there."""
    found = identity(number)
    return found is not None and found in (_identity, journal.stream)


def _send(
    role: str, event: str, priority: int, message: str, more: Iterable[Field], *, leaving: bool
) -> bool:
    """Sends an entry, to the journal or the log helper; False where the log takes none."""
    if not _for_helper:
        return journal.send(event, priority, message, more, leaving=leaving)
    record: dict[str, object] = {'level': _LEVELS[priority], 'role': role, 'event': event}
    if _worker:
        record['worker'] = _worker
    for name, value in more:
        record[RECORD_NAMES.get(name, name)] = int(value) if name == 'CODE_LINE' else value
    record['msg'] = message.rstrip('\n')
    try:
        _put(encode(record), waits=role == 'app')
    except OSError:
        pass  # A log that fails is no error.
    return True


def _put(pieces: list[bytes], *, waits: bool) -> None:
    """`waits`: as long as it takes, as what the application prints always does."""
    number = descriptor()
    if not waits:
        _output.write_pieces(number, pieces)
        return
    for piece in pieces:
        os.write(number, piece)


def _write(text: str, priority: int) -> None:
    """Writes text in as few calls as the kernel allows; a log that fails is no error."""
    if journal.is_used:
        text = ''.join(f'<{priority}>{line}' for line in text.splitlines(keepends=True))
    data = text.encode('utf-8', 'backslashreplace')
    try:
        _output.write(descriptor(), data)
    except OSError:
        pass


def format_application_error(error: BaseException) -> str:
    """The traceback as Python prints it, from the first frame that is the application's."""
    frames = application_frames(traceback_of(error))
    try:
        return ''.join(traceback.format_exception(type(error), error, frames))
    except BaseException:
        # The class of the exception may have broken that, or the application what it works with.
        return _plain_traceback(error, frames)


def _plain_traceback(error: BaseException, frames: TracebackType | None) -> str:
    """As Python prints it, without lines of source, causes and notes: it needs no module."""
    lines = ['Traceback (most recent call last):\n']
    while frames is not None:
        code = frames.tb_frame.f_code
        lines.append(
            f'  File "{code.co_filename}", line {frames.tb_lineno}, in {code.co_name}\n'
        )
        frames = frames.tb_next
    try:
        text = BaseException.__str__(error)
    except BaseException:
        text = ''
    lines.append(f'{class_name(error)}{": " if text else ""}{text}\n')
    return ''.join(lines)


def application_frames(start: TracebackType | None) -> TracebackType | None:
    """The rest of a traceback after the shim's frames and the import machinery's between them."""
    frames = start
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(filename: str) -> bool:
    return (
        is_of_reeve(filename)
        or filename.startswith('<frozen importlib')
        or filename.endswith('importlib/__init__.py')
        or filename == '<frozen runpy>'
    )


def flush_streams() -> None:
    """Writes out what was printed; whatever the application put in the streams' place may fail."""
    for name in ('stdout', 'stderr'):
        try:
            getattr(sys, name).flush()
        except BaseException:
            pass  # Closed, None, or an object that cannot be flushed: what it holds is its own.


def reopen(log_file: str) -> None:
    """Opens the log file anew (it was rotated). '' = the log was inherited.

    fd 1 and 2 become the new file where they are the log, not what the application put there.
    """
    if not log_file:
        return
    flush_streams()
    try:
        opened = open_log_file(log_file)
    except OSError as error:
        say(f'cannot reopen the log {log_file}: {error.strerror}; the old file is kept')
        return
    old = identity(descriptor())
    copies = [descriptor()] if descriptor() != _STANDARD_ERROR else []
    for number in (1, _STANDARD_ERROR, *copies):
        if identity(number) == old:
            os.dup2(opened, number, inheritable=number <= _STANDARD_ERROR)
    if copies:
        _note_identity()
    os.close(opened)
