"""Lines of the log to records: which lines are one traceback, and what is said of each record.

Used by the log helper only (log_lines.py).
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from .journal_datagram import deliver, encode_field
from .marked_records import RECORD_NAMES, Unfinished

LINE_MAX_BYTES = 64 * 1024

# As it is logged: level, time, role, event, fields of the event, msg.
Record = dict[str, Any]

_PRIORITIES = {'error': 3, 'warn': 4, 'info': 6, 'debug': 7}
# Names in the journal by those in a record; other fields have no name there.
_JOURNAL_NAMES = {
    'event': 'REEVE_EVENT',
    'worker': 'REEVE_WORKER',
    **{in_record: in_journal for in_journal, in_record in RECORD_NAMES.items()},
}
# What terminals obey, and what separates lines or turns their direction: JSON would leave it.
_ODD = re.compile('[\x7f-\x9f\u2028-\u202e\u2066-\u2069]')

_OUR_PREFIX = 'reeve: '
_TRACEBACK = 'Traceback (most recent call last):'
_SYNTAX_ERROR = '  File "'
_FATAL = 'Fatal Python error: '
_LOG_LINE = re.compile(
    r'\{"|<\d>|\[?\d{2,4}[-/:.]\d\d[-/:.]|\[?(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL)\b'
)
_CHAINS = (
    'During handling of the above exception, another exception occurred:',
    'The above exception was the direct cause of the following exception:',
)


class Records:
    """Lines in, records out; holds lines back only while they may belong to one traceback."""

    def __init__(self) -> None:
        self._unfinished = Unfinished()
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

    def take(self, line: bytes) -> list[Record]:
        """The records that this line completes."""
        marked = self._unfinished.take(line)
        if marked is None:
            return self._take_text(line.decode('utf-8', 'replace'))
        return [*self.flush(), _marked_record(marked)] if marked else []

    def flush(self) -> list[Record]:
        """What is held back, as a record."""
        lines, self._held, self._held_size = self._held, [], 0
        self._in_frames = self._in_message = False
        blank_lines, self._blank_lines = self._blank_lines, 0
        if not lines:
            return []
        text = '\n'.join(lines[: len(lines) - blank_lines])
        return [_record(text), *[_record('') for _ in range(blank_lines)]]

    def _take_text(self, line: str) -> list[Record]:
        if self._in_frames:
            return self._take_in_traceback(line)
        if self._in_message and self._belongs_to_message(line):
            self._hold(line)
            return self.flush() if self._held_size > LINE_MAX_BYTES else []
        self._in_message = False
        if line.endswith(_TRACEBACK) or line.startswith(_SYNTAX_ERROR):
            before = [] if self._may_precede(line) else self.flush()
            self._hold(line)
            self._in_frames = True
            return before
        if self._is_chain(line):
            self._hold(line)
            return []
        done = self.flush()
        if line.startswith(_OUR_PREFIX):
            self._hold(line)  # A traceback may follow it.
            return done
        return [*done, _record(line)]

    def _take_in_traceback(self, line: str) -> list[Record]:
        self._hold(line)
        if self._held_size > LINE_MAX_BYTES:
            return self.flush()
        # The line that names the exception is the first that is not indented.
        if line and not line.startswith((' ', '\t')) and not line.endswith(_TRACEBACK):
            self._in_frames = False
            self._in_message = True
        return []

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


def json_line(record: Record) -> str:
    """The record as a line of the log."""
    text = json.dumps(record, ensure_ascii=False, separators=(',', ':'))
    return _ODD.sub(lambda match: f'\\u{ord(match.group()):04x}', text) + '\n'


def send_entry(record: Record, app: str) -> bool:
    """Sends it to the journal, as JSON with a level and fields; False where journald is not there.

    A line would have neither, and be cut at 48 KiB.
    """
    role = f'worker-{record["worker"]}' if 'worker' in record else record['role']
    fields = [
        ('PRIORITY', str(_PRIORITIES.get(record['level'], 6))),
        ('SYSLOG_IDENTIFIER', f'{app}/{role}'),
        ('REEVE_APP', app),
        ('REEVE_ROLE', role.replace('-', ' ')),
    ]
    for name, field in _JOURNAL_NAMES.items():
        if name in record:
            fields.append((field, str(record[name])))
    fields.append(('MESSAGE', json_line(record).rstrip('\n')))
    try:
        return deliver(b''.join(encode_field(*field) for field in fields), leaving=False)
    except OSError:
        return False


def _record(text: str) -> Record:
    is_ours = text.startswith(_OUR_PREFIX)
    is_error = _TRACEBACK in text or text.startswith((_SYNTAX_ERROR, _FATAL))
    return {
        'level': 'error' if is_error else 'info',
        'time': _now(),
        'role': 'python' if is_ours else 'app',
        'event': 'python.said' if is_ours else 'application.output',
        'msg': text[len(_OUR_PREFIX) :] if is_ours else text,
    }


def _marked_record(marked: Record) -> Record:
    """In the order in which the other processes have it; it may come from elsewhere."""
    text = {name: str(marked.pop(name, '')) for name in ('level', 'role', 'event', 'msg')}
    head = {'level': text['level'] or 'info', 'time': _now(), 'role': text['role'] or 'app'}
    return {**head, 'event': text['event'] or 'application.output', **marked, 'msg': text['msg']}


def _now() -> str:
    now = time.time()
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))
    return f'{stamp}.{int(now * 1000) % 1000:03d}Z'
