"""The log helper (only with log-json): what Python processes write becomes lines of valid JSON.

Reads the pipe on fd 0 that spawners and workers have as fd 1 and 2, and writes one JSON object a
line to fd 2, with the names that the Node processes give to theirs (log/logger.ts):

    {"level":"info","time":"2025-01-31T12:00:00.123Z","role":"app","event":"application.output",
     "msg":"…"}

The shim's own lines have the role "python" and the event "python.said". A Python traceback is one
record of level "error", with those it was chained to and with the shim's line above it. Invalid
UTF-8 is replaced; a line longer than 64 KiB is split. It ends at end-of-file, so that it outlives
all that write to it; SIGTERM and SIGINT do nothing. SIGHUP opens --log-file anew as fd 2. One
thread.

Started as `python log_lines.py --title TITLE [--log-file FILE] [--priorities] <padding>`, lifeline
on fd 4. With --priorities, fd 2 is the journal and each line begins with `<3>` or `<6>`.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
import time
from types import FrameType

from reeve_worker import lifeline
from reeve_worker.log import reopen
from reeve_worker.title import set_title

LINE_MAX_BYTES = 64 * 1024
# What of a traceback has not come within this time is a record of its own.
PAUSE_SECONDS = 0.1

_OUR_PREFIX = 'reeve: '
_TRACEBACK = 'Traceback (most recent call last):'
_SYNTAX_ERROR = '  File "'
_CHAINS = (
    'During handling of the above exception, another exception occurred:',
    'The above exception was the direct cause of the following exception:',
)


class Records:
    """Lines in, JSON lines out; holds lines back only while they may belong to one traceback."""

    def __init__(self, with_priorities: bool = False) -> None:
        self._with_priorities = with_priorities
        self._held: list[str] = []
        self._held_size = 0
        self._in_frames = False
        self._blank_lines = 0

    def is_holding(self) -> bool:
        """True when `flush` would give something."""
        return bool(self._held)

    def take(self, line: str) -> str:
        """The JSON lines that this line completes, '' or each ended by a newline."""
        if self._in_frames:
            return self._take_in_traceback(line)
        if line.endswith(_TRACEBACK) or line.startswith(_SYNTAX_ERROR):
            before = '' if self._may_precede(line) else self.flush()
            self._hold(line)
            self._in_frames = True
            return before
        if self._is_chain(line):
            self._hold(line)
            return ''
        done = self.flush()
        if line.startswith(_OUR_PREFIX):
            self._hold(line)  # A traceback may follow it.
            return done
        return done + self._record(line)

    def flush(self) -> str:
        """What is held back, as a record."""
        lines, self._held, self._held_size = self._held, [], 0
        self._in_frames = False
        blank_lines, self._blank_lines = self._blank_lines, 0
        if not lines:
            return ''
        text = '\n'.join(lines[: len(lines) - blank_lines])
        return self._record(text) + self._record('') * blank_lines

    def _take_in_traceback(self, line: str) -> str:
        self._hold(line)
        if self._held_size > LINE_MAX_BYTES:
            return self.flush()
        # The line that names the exception is the first that is not indented.
        if line and not line.startswith((' ', '\t')) and not line.endswith(_TRACEBACK):
            self._in_frames = False
        return ''

    def _may_precede(self, line: str) -> bool:
        """Our line about a request, or a finished traceback and the words that chain it."""
        return bool(self._held) and (self._held[-1].startswith(_OUR_PREFIX) or self._is_chained())

    def _is_chained(self) -> bool:
        return any(line in _CHAINS for line in self._held[-2:])

    def _is_chain(self, line: str) -> bool:
        """Between two tracebacks: a blank line, the words, a blank line."""
        if not self._held or self._held[-1].startswith(_OUR_PREFIX):
            return False
        if line in _CHAINS:
            return True
        if line == '' and (self._held[-1] in _CHAINS or self._blank_lines == 0):
            return True
        return False

    def _hold(self, line: str) -> None:
        self._held.append(line)
        self._held_size += len(line)
        self._blank_lines = self._blank_lines + 1 if line == '' else 0


    def _record(self, text: str) -> str:
        level, line = _record(text)
        return f'<{3 if level == "error" else 6}>{line}' if self._with_priorities else line


def _record(text: str) -> tuple[str, str]:
    now = time.time()
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now)) + f'.{int(now * 1000) % 1000:03d}Z'
    is_ours = text.startswith(_OUR_PREFIX)
    is_error = _TRACEBACK in text or text.startswith(_SYNTAX_ERROR)
    fields = {
        'level': (level := 'error' if is_error else 'info'),
        'time': stamp,
        'role': 'python' if is_ours else 'app',
        'event': 'python.said' if is_ours else 'application.output',
        'msg': text[len(_OUR_PREFIX) :] if is_ours else text,
    }
    return level, json.dumps(fields, ensure_ascii=False, separators=(',', ':')) + '\n'


class LineReader:
    """Bytes in, lines out; a line that is too long comes in pieces."""

    def __init__(self) -> None:
        self._unread = b''

    def take(self, data: bytes) -> list[str]:
        """The lines that `data` completes."""
        *lines, self._unread = (self._unread + data).split(b'\n')
        while len(self._unread) > LINE_MAX_BYTES:
            lines.append(self._unread[:LINE_MAX_BYTES])
            self._unread = self._unread[LINE_MAX_BYTES:]
        pieces: list[str] = []
        for line in lines:
            for start in range(0, max(len(line), 1), LINE_MAX_BYTES):
                pieces.append(line[start : start + LINE_MAX_BYTES].decode('utf-8', 'replace'))
        return pieces

    def rest(self) -> list[str]:
        """The last line, when it had no newline."""
        rest, self._unread = self._unread, b''
        return [rest.decode('utf-8', 'replace')] if rest else []


def main() -> int:
    """Runs until end-of-file."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--title', required=True)
    parser.add_argument('--log-file', default='')
    parser.add_argument('--priorities', action='store_true')
    parser.add_argument('padding', nargs='*')
    options = parser.parse_args()

    def reopen_log(_number: int, _frame: FrameType | None) -> None:
        reopen(options.log_file)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, reopen_log)
    set_title(options.title)
    armed = lifeline.arm(lifeline.LIFELINE_FD)
    _copy(Records(options.priorities))
    armed.close()
    return 0


def _copy(records: Records) -> None:
    reader = LineReader()
    poll = select.poll()
    poll.register(0, select.POLLIN)
    while True:
        if not poll.poll(PAUSE_SECONDS * 1000 if records.is_holding() else None):
            _write(records.flush())
            continue
        data = os.read(0, LINE_MAX_BYTES)
        lines = reader.take(data) if data else reader.rest()
        _write(''.join([records.take(line) for line in lines]))
        if not data:
            _write(records.flush())
            return


def _write(text: str) -> None:
    """A log that cannot be written to (full disk, closed pipe) must not block our writers."""
    data = text.encode()
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass


if __name__ == '__main__':
    sys.exit(main())
