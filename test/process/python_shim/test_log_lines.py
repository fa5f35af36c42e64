"""The log helper: whatever goes in, valid JSON comes out, a line a record."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from fake_peers import PADDING, PYTHON, SHIM, until

sys.path.insert(0, str(SHIM))

from reeve_worker.output.marked_records import encode  # noqa: E402


class Helper:
    """log_lines.py in a process of its own, writing to a file."""

    def __init__(self, *arguments: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix='reeve-log-')
        self.path = Path(self.folder.name) / 'log'
        lifeline_read, self.lifeline = os.pipe()
        os.dup2(lifeline_read, 94, True)
        os.close(lifeline_read)
        with open(self.path, 'ab') as log:
            self.process = subprocess.Popen(
                [
                    PYTHON,
                    str(SHIM / 'launch.py'),
                    'log-lines',
                    '--title',
                    'demo reeve log',
                    *arguments,
                    PADDING,
                ],
                stdin=subprocess.PIPE,
                stderr=log,
                pass_fds=(4, 94),
                preexec_fn=lambda: os.dup2(94, 4, True),
            )
        os.close(94)

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        os.close(self.lifeline) if self.lifeline >= 0 else None
        self.folder.cleanup()

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end(self) -> list[dict[str, Any]]:
        """Closes the pipe and returns all records."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)
        return self.records()

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().split(b'\n')[:-1]]


def records_of(data: bytes) -> list[dict[str, Any]]:
    with Helper() as helper:
        helper.write(data)
        return helper.end()


TRACEBACK = (
    b'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: no'
)
CHAIN = b'\n\nDuring handling of the above exception, another exception occurred:\n\n'


class LogLines(unittest.TestCase):
    def messages(self, data: bytes) -> list[str]:
        return [record['msg'] for record in records_of(data)]

    def test_plain_lines_become_records(self) -> None:
        first, second = records_of('one "quoted"\ntwo \u20ac\n'.encode())
        names = ['level', 'time', 'role', 'event', 'msg']  # As the Node processes have them.
        self.assertEqual(list(first), names)
        expected = ('info', 'app', 'application.output', 'one "quoted"')
        self.assertEqual(tuple(first[name] for name in names if name != 'time'), expected)
        self.assertRegex(first['time'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')
        self.assertEqual(second['msg'], 'two \u20ac')

    def test_last_line_needs_no_newline(self) -> None:
        self.assertEqual(self.messages(b'one\ntwo'), ['one', 'two'])

    def test_bytes_that_are_no_text_are_replaced(self) -> None:
        self.assertEqual(self.messages(b'a\xffb\0\x1b[1m\n'), ['a\ufffdb\0\x1b[1m'])

    def test_long_lines_are_split(self) -> None:
        messages = self.messages(b'x' * 200_000 + b'\nshort\n')
        self.assertEqual(''.join(messages[:-1]), 'x' * 200_000)
        self.assertLessEqual(max(map(len, messages)), 65536)

    def test_json_of_the_application_is_its_output(self) -> None:
        line = '{"level":"error","role":"master","msg":"forged"}'
        self.assertEqual(self.messages(line.encode() + b'\n'), [line])

    def test_traceback_is_one_record(self) -> None:
        before, trace, after = records_of(b'before\n' + TRACEBACK + b'\nINFO after\n')
        self.assertEqual((before['msg'], after['msg']), ('before', 'INFO after'))
        self.assertEqual((trace['msg'], trace['level']), (TRACEBACK.decode(), 'error'))

    def test_traceback_has_its_chain_and_our_line_above(self) -> None:
        chained = b'reeve: worker 1: exception in GET /\n' + TRACEBACK + CHAIN + TRACEBACK
        (record,) = records_of(chained + b'\n')
        self.assertEqual((record['role'], record['event']), ('python', 'python.said'))
        self.assertEqual((record['level'], 'reeve: ' + record['msg']), ('error', chained.decode()))

    def test_traceback_keeps_the_lines_of_its_message(self) -> None:
        text = TRACEBACK + b'\n[SQL: SELECT 1]\nfield\n  missing'
        for after in (b'2025-01-31 12:00:00,123 after', b'{"a": 1}', b'[ERROR] after'):
            self.assertEqual(
                self.messages(text + b'\n' + after + b'\n'), [text.decode(), after.decode()]
            )
        self.assertEqual(self.messages(text + CHAIN + text + b'\n'), [(text + CHAIN + text).decode()])

    def test_marked_record_is_one_record_whatever_it_says(self) -> None:
        said = 'exception in GET /\n' + TRACEBACK.decode() + '\n\nINFO \u20ac \udc80 \x9b\n\ny'
        marked = {'level': 'error', 'role': 'python', 'event': 'x.y', 'worker': 2, 'msg': said}
        first, record, last = records_of(b'held\n' + b''.join(encode(marked)) + b'\x1ebroken\n')
        self.assertEqual(
            list(record), ['level', 'time', 'role', 'event', 'worker', 'msg'], 'in their order'
        )
        self.assertEqual({name: record[name] for name in marked}, marked)
        self.assertEqual((first['msg'], last['msg']), ('held', '\x1ebroken'))

    def test_marked_record_is_found_inside_of_a_line(self) -> None:
        record = b''.join(encode({'level': 'warn', 'msg': 'said'}))
        data = b'half' + record + b'a line\nx' * 2 + record + b'\n'
        said = self.messages(data)
        self.assertEqual(said, ['half', 'said', 'a line', 'xa line', 'x', 'said', ''])

    def test_long_records_of_several_writers_do_not_mix(self) -> None:
        one = encode({'role': 'app', 'msg': 'a\n' * 20_000})
        other = encode({'role': 'app', 'msg': 'b' * 100_000})
        self.assertTrue(all(len(piece) <= 4096 for piece in one + other))
        mixed = [piece for pair in itertools.zip_longest(one, other) for piece in pair if piece]
        said = self.messages(b''.join(mixed[:5]) + b'x' * 70_000 + b''.join(mixed[5:]))
        self.assertEqual(''.join(said[:2]), 'x' * 70_000)
        self.assertEqual(sorted(said[2:]), sorted(['a\n' * 20_000, 'b' * 100_000]))

    def test_record_without_an_end_is_left_out_and_what_is_none_is_text(self) -> None:
        begun = encode({'msg': 'x' * 10_000})[0]
        forged = (b'\x1e1.1 . [1]\n', b'\x1e1.2 . {"msg":1}\n', b'\x1e1.3 . {"level":{},"msg":""}\n')
        said = self.messages(begun + b'after\n' + b''.join(forged))
        self.assertEqual(said, ['after', '\x1e1.1 . [1]', '\x1e1.2 . {"msg":1}', ''])

    def test_two_tracebacks_are_two_records(self) -> None:
        self.assertEqual(
            self.messages(TRACEBACK + b'\n' + TRACEBACK + b'\n'), [TRACEBACK.decode()] * 2
        )
        text = [TRACEBACK.decode(), '', 'next', '']
        self.assertEqual(self.messages(TRACEBACK + b'\n\nnext\n\n'), text)

    def test_traceback_is_written_without_waiting_for_more(self) -> None:
        with Helper() as helper:
            helper.write(TRACEBACK + b'\n')
            until('the record is there', helper.records)

    def test_signals_do_not_end_it_and_the_lifeline_does(self) -> None:
        with Helper() as helper:
            helper.write(b'one\n')
            until('it runs', helper.records)
            helper.process.send_signal(signal.SIGTERM)
            helper.process.send_signal(signal.SIGINT)
            helper.write(b'two\n')
            until('it runs on', lambda: len(helper.records()) == 2)
            title = Path(f'/proc/{helper.process.pid}/cmdline').read_bytes().rstrip(b'\0')
            self.assertEqual(title, b'demo reeve log')
            os.close(helper.lifeline)
            helper.lifeline = -1
            self.assertEqual(helper.process.wait(10), -signal.SIGKILL)

    def test_hangup_opens_the_log_file_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            new = Path(folder) / 'new'
            with Helper('--log-file', str(new)) as helper:
                helper.write(b'one\n')
                until('it runs', helper.records)
                helper.process.send_signal(signal.SIGHUP)
                until('the new file is there', new.exists)
                helper.write(b'two\n')
                helper.end()
                self.assertEqual([r['msg'] for r in helper.records()], ['one'])
                self.assertEqual(json.loads(new.read_text())['msg'], 'two')


if __name__ == '__main__':
    unittest.main()
