"""The log helper (only with log-json): what Python processes write becomes lines of valid JSON.

Reads the pipe on fd 0 that spawners and workers have as fd 1 and 2, and writes one JSON object a
line to fd 2, with the names that the Node processes give to theirs (log/logger.ts):

    {"level":"info","time":"2025-01-31T12:00:00.123Z","role":"app","event":"application.output",
     "msg":"…"}

What the shim writes, and what the application writes to Python's streams, comes as marked
records (reeve_worker/output/marked_records.py), with level, event and fields. The rest is lines,
of programs that the application runs and of code in C. A traceback in them is one record of level
"error", with those it was chained to; the lines of its message are those that came in the same
write, up to a blank one or one that looks like the beginning of a log line. Invalid UTF-8 is
replaced; a line longer than 64 KiB is split. It ends at end-of-file, so that it outlives all that
write to it; SIGTERM and SIGINT do nothing. SIGHUP opens --log-file anew as fd 2. One thread.

Started as `python launch.py log-lines --title TITLE [--log-file FILE] [--journal APP] <padding>`,
lifeline on fd 4. With --journal, fd 2 is the journal, and each record is an entry of it.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import stat
from types import FrameType

from reeve_worker.lifeline import Lifeline
from reeve_worker.output.log import reopen
from reeve_worker.output.log_records import LINE_MAX_BYTES, Record, Records, json_line, send_entry
from reeve_worker.output.marked_records import split_at_marks
from reeve_worker.title import set_title

# What of a traceback has not come within this time is a record of its own.
PAUSE_SECONDS = 0.1
CONTROL_FD = 3


class LineReader:
    """Bytes in, lines out; a line that is too long comes in pieces."""

    def __init__(self) -> None:
        self._unread = b''

    def take(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes; a marked piece is one of its own."""
        *lines, self._unread = (self._unread + data).split(b'\n')
        while len(self._unread) > LINE_MAX_BYTES:
            # A mark may have come in part.
            mark = self._unread.find(b'\x1e', 1, LINE_MAX_BYTES)
            size = mark if mark > 0 else LINE_MAX_BYTES
            lines.append(self._unread[:size])
            self._unread = self._unread[size:]
        pieces: list[bytes] = []
        for whole in lines:
            for line in split_at_marks(whole):
                for start in range(0, max(len(line), 1), LINE_MAX_BYTES):
                    pieces.append(line[start : start + LINE_MAX_BYTES])
        return pieces

    def rest(self) -> list[bytes]:
        """The last line, when it had no newline."""
        rest, self._unread = self._unread, b''
        return split_at_marks(rest) if rest else []


def main() -> int:
    """Runs until end-of-file."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--title', required=True)
    parser.add_argument('--log-file', default='')
    parser.add_argument('--journal', default='')
    parser.add_argument('padding', nargs='*')
    options = parser.parse_args()

    def reopen_log(_number: int, _frame: FrameType | None) -> None:
        reopen(options.log_file)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, reopen_log)
    set_title(options.title)
    armed = Lifeline().arm()
    _copy(options.journal)
    armed.close()
    return 0


class Input:
    """Lines on fd 0; and on fd 3 the master, which asks whether this process still runs."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        try:
            if stat.S_ISSOCK(os.fstat(CONTROL_FD).st_mode):
                self._poll.register(CONTROL_FD, select.POLLIN)
        except OSError:
            pass  # Started by hand: there is no master.

    def wait(self, milliseconds: float | None) -> bool:
        """False when no line has come in this time."""
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll(milliseconds)]
            if CONTROL_FD in ready:
                self._answer()
            if 0 in ready or not ready:
                return bool(ready)

    def _answer(self) -> None:
        try:
            if os.read(CONTROL_FD, 4096):
                os.write(CONTROL_FD, b'{"type":"alive"}\n')
                return
        except OSError:
            pass
        self._poll.unregister(CONTROL_FD)  # The master is gone; what is written is read to its end.


def _copy(app: str) -> None:
    records, reader, source = Records(), LineReader(), Input()
    while True:
        if not source.wait(PAUSE_SECONDS * 1000 if records.is_holding() else None):
            _put(records.flush(), app)
            continue
        data = os.read(0, LINE_MAX_BYTES)
        lines = reader.take(data) if data else reader.rest()
        _put([record for line in lines for record in records.take(line)], app)
        records.end_read()
        if not data:
            _put(records.flush(), app)
            return


def _put(records: list[Record], app: str) -> None:
    """`app`: its name in the journal, where fd 2 is that."""
    if app:
        records = [record for record in records if not send_entry(record, app)]
    _write(''.join(map(json_line, records)))


def _write(text: str) -> None:
    """A log that cannot be written to (full disk, closed pipe) must not block our writers."""
    data = text.encode('utf-8', 'backslashreplace')
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass
