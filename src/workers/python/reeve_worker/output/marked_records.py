"""A record on its way to the log helper (only with log-json), through a pipe that others write to.

What a program in C or a child process prints goes through the same pipe, and may stop in the middle
of a line. So a record is marked wherever it begins in a line, and it is cut into pieces that the
kernel never mixes with what others write (PIPE_BUF, pipe(7)). A piece is a line:

    \\x1e<pid>.<number> <+ or .> <part of a JSON object, in ASCII>

`.` stands in the last piece of a record. log_lines.py puts them together.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from typing import Any

_MARK = re.compile(rb'\x1e(\d{1,10}\.\d{1,19}) ([+.]) ')
_PIECE_BYTES = 4096  # PIPE_BUF on Linux.
_HEAD_BYTES = 40
# Longer messages are cut: one request must not fill the log.
MESSAGE_MAX_CHARACTERS = 1_000_000

# What the journal's fields are called in a record.
RECORD_NAMES = {
    'REQUEST_METHOD': 'method',
    'REQUEST_URI': 'uri',
    'REQUEST_ID': 'requestId',
    'REEVE_EXCEPTION': 'exception',
    'REEVE_LOGGER': 'logger',
    'CODE_FILE': 'file',
    'CODE_LINE': 'line',
    'CODE_FUNC': 'function',
}

_UNFINISHED_MAX = 64

_numbers = itertools.count()


def encode(record: dict[str, Any]) -> list[bytes]:
    """The pieces of a record, each to be written by one call."""
    message = record['msg']
    if len(message) > MESSAGE_MAX_CHARACTERS:
        more = len(message) - MESSAGE_MAX_CHARACTERS
        cut = f'{message[:MESSAGE_MAX_CHARACTERS]}… ({more} characters more)'
        record = {**record, 'msg': cut}
    data = json.dumps(record, separators=(',', ':')).encode()
    key = f'{os.getpid()}.{next(_numbers)}'.encode()
    size = _PIECE_BYTES - _HEAD_BYTES
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    last = len(parts) - 1
    return [
        b'\x1e%s %s %s\n' % (key, b'.' if index == last else b'+', part)
        for index, part in enumerate(parts)
    ]


def split_at_marks(line: bytes) -> list[bytes]:
    """The line of one writer and the pieces that others wrote into it."""
    starts = [match.start() for match in _MARK.finditer(line)]
    ends = [*starts, len(line)]
    return [line[start:end] for start, end in zip([0, *starts], ends) if start < end] or [b'']


class Unfinished:
    """Records of which not all pieces have come."""

    def __init__(self) -> None:
        self._parts: dict[bytes, bytes] = {}

    def take(self, line: bytes) -> dict[str, Any] | None:
        """The record that this piece completes; {} where it does not, None where it is no piece."""
        match = _MARK.match(line)
        if match is None:
            return None
        key, end = match.groups()
        data = self._parts.pop(key, b'') + line[match.end() :]
        if end == b'+':
            self._parts[key] = data
            if len(self._parts) > _UNFINISHED_MAX:  # Of processes that were killed.
                del self._parts[next(iter(self._parts))]
            return {}
        try:
            record = json.loads(data)
        except ValueError:
            return None
        is_record = isinstance(record, dict) and isinstance(record.get('msg'), str)
        return record if is_record else None
