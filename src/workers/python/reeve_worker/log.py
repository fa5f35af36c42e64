"""What the shim itself writes to the log (fd 2): short lines, and tracebacks of the application's.

A traceback starts at the application's own code, and leaves in one write, so that lines of several
threads and processes do not mix. fd 2 is written to directly: the application may have replaced
sys.stderr.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType

# With log-json each write is one line that begins so: what follows is the text as a JSON string.
RECORD_MARK = '\x1e'
# A record that is longer leaves as plain lines: log_lines.py would cut it anyway.
_RECORD_MAX_BYTES = 60_000

_for_helper = False

_SHIM_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def say(sentence: str) -> None:
    """Writes `reeve: <sentence>`."""
    write(f'reeve: {sentence}\n')


def write_records() -> None:
    """From now on each write is one record for the log helper (log_lines.py), lines and all."""
    global _for_helper
    _for_helper = True


def write(text: str) -> None:
    """Writes text to fd 2 in as few calls as the kernel allows; a log that fails is no error."""
    data = text.encode('utf-8', 'backslashreplace')
    if _for_helper and text:
        import json

        record = f'{RECORD_MARK}{json.dumps(text)}\n'.encode()
        data = record if len(record) <= _RECORD_MAX_BYTES else data
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass


def format_application_error(error: BaseException) -> str:
    """The traceback as Python prints it, from the first frame that is the application's."""
    import traceback

    return ''.join(
        traceback.format_exception(type(error), error, application_frames(error.__traceback__))
    )


def application_frames(start: TracebackType | None) -> TracebackType | None:
    """The rest of a traceback after the shim's frames and the import machinery's between them."""
    frames = start
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(filename: str) -> bool:
    return (
        filename.startswith((_SHIM_FOLDER, '<frozen importlib'))
        or filename.endswith('importlib/__init__.py')
        or filename == '<frozen runpy>'
    )


def flush_streams() -> None:
    """Writes out what was printed; whatever the application put in the streams' place may fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # Closed, None, or an object that cannot be flushed: what it holds is its own.


def reopen(log_file: str) -> None:
    """Opens the log file anew as fd 1 and 2 (it was rotated). '' = the log was inherited."""
    if not log_file:
        return
    flush_streams()
    try:
        opened = os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        say(f'cannot reopen the log {log_file}: {error.strerror}; the old file is kept')
        return
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    os.close(opened)
