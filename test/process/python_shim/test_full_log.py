"""A log whose reader has stopped: what the shim says waits a moment, and is dropped and counted."""

from __future__ import annotations

import os
import sys
import unittest

from fake_peers import SHIM

sys.path.insert(0, str(SHIM))
from reeve_worker.output.log_file import LogOutput  # noqa: E402


class FullPipe(unittest.TestCase):
    def setUp(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self.addCleanup(os.close, self.read_end)
        self.addCleanup(os.close, self.write_end)
        self.output = LogOutput()

    def fill(self) -> None:
        os.set_blocking(self.write_end, False)
        try:
            while True:
                os.write(self.write_end, b'.' * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(self.write_end, True)

    def drain(self) -> bytes:
        os.set_blocking(self.read_end, False)
        data = b''
        try:
            while True:
                data += os.read(self.read_end, 65536)
        except BlockingIOError:
            return data.replace(b'.', b'')

    def test_is_not_waited_for(self) -> None:
        self.fill()
        for number in range(20):
            self.output.write(self.write_end, b'lost %d\n' % number)
        self.assertEqual(self.drain(), b'')

    def test_is_told_how_much_is_missing(self) -> None:
        self.fill()
        for number in range(3):
            self.output.write(self.write_end, b'lost %d\n' % number)
        self.drain()
        self.output.write(self.write_end, b'seen\n')
        self.output.write(self.write_end, b'seen too\n')
        told = b'reeve: 3 messages before this one could not be written\n'
        self.assertEqual(self.drain(), told + b'seen\nseen too\n')

    def test_gets_a_line_of_its_own_after_one_that_was_torn(self) -> None:
        self.output.write(self.write_end, b'x' * 100_000 + b'\n')
        torn = self.drain()
        self.assertEqual(torn.strip(b'x'), b'')
        self.output.write(self.write_end, b'seen\n')
        self.assertEqual(
            self.drain(), b'\nreeve: 1 messages before this one could not be written\nseen\n'
        )

    def test_has_all_of_a_long_text_while_it_is_read(self) -> None:
        child = os.fork()
        if child == 0:
            while os.read(self.read_end, 65536)[-1:] != b'\n':
                pass
            os._exit(0)
        self.output.write(self.write_end, b'y' * 1_000_000 + b'\n')
        self.assertEqual(os.waitpid(child, 0)[1], 0)


if __name__ == '__main__':
    unittest.main()
