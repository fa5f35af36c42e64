"""Lines of the log to records: which lines are one traceback, and what is said of each record.

Used by the log helper only (log_lines.py).
"""

from __future__ import annotations

import json
import re
import time

from .log import RECORD_MARK

LINE_MAX_BYTES = 64 * 1024

_OUR_PREFIX = 'reeve: '
_TRACEBACK = 'Traceback (most recent call last):'
_SYNTAX_ERROR = '  File "'
_LOG_LINE = re.compile(
    r'\{"|<\d>|\[?\d{2,4}[-/:.]\d\d[-/:.]|\[?(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL)\b'
)
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
        self._in_message = False
        self._blank_lines = 0

    def end_read(self) -> None:
        """What comes now was written later, and does not belong to the message of an exception."""
        self._in_message = False

    def is_holding(self) -> bool:
        """True when `flush` would give something."""
        return bool(self._held)

    def take(self, line: str) -> str:
        """The JSON lines that this line completes, '' or each ended by a newline."""
        if line.startswith(RECORD_MARK):
            return self._take_marked(line)
        if self._in_frames:
            return self._take_in_traceback(line)
        if self._in_message and self._belongs_to_message(line):
            self._hold(line)
            return self.flush() if self._held_size > LINE_MAX_BYTES else ''
        self._in_message = False
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
        self._in_frames = self._in_message = False
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
            self._in_message = True
        return ''

    def _take_marked(self, line: str) -> str:
        before = self.flush()
        try:
            text = json.loads(line[len(RECORD_MARK) :])
        except ValueError:
            text = line  # Of another writer's, or two that were mixed: shown as it came.
        return before + self._record(str(text).rstrip('\n'))

    def _belongs_to_message(self, line: str) -> bool:
        ends = line == '' or line.endswith(_TRACEBACK) or line.startswith(_OUR_PREFIX)
        return not ends and _LOG_LINE.match(line) is None

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
    level = 'error' if is_error else 'info'
    fields = {
        'level': level,
        'time': stamp,
        'role': 'python' if is_ours else 'app',
        'event': 'python.said' if is_ours else 'application.output',
        'msg': text[len(_OUR_PREFIX) :] if is_ours else text,
    }
    return level, json.dumps(fields, ensure_ascii=False, separators=(',', ':')) + '\n'
