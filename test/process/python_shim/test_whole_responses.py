"""Responses that are whole: which frames they make, and that close() comes behind them."""

from __future__ import annotations

import os
import tempfile
import unittest

from fake_peers import Daemon, frames


class WholeResponse(unittest.TestCase):
    def test_whole_leaves_before_close_is_called(self) -> None:
        with Daemon('closes_late') as daemon, tempfile.TemporaryDirectory() as folder:
            slot = daemon.serving()
            for number, how in enumerate(('list', 'iterator', 'empty', 'head')):
                with self.subTest(how):
                    gate = os.path.join(folder, str(number))
                    slot.ask(f'/{how}?{gate}', method='HEAD' if how == 'head' else 'GET')
                    kind, payload = slot.receive()
                    self.assertEqual(kind, frames.RESPONSE)
                    self.assertTrue(slot.is_silent(0.1))
                    open(gate, 'w').close()
                    kind, end = slot.receive()
                    self.assertEqual(kind, frames.END)
                    self.assertEqual(frames.decode_end(end).outcome, frames.COMPLETE)
                    body = b'' if how in ('empty', 'head') else b'hello'
                    self.assertEqual(frames.decode_response(payload)[1], body)

    def test_has_no_bytes_behind_a_whole_one(self) -> None:
        with Daemon('closes_late') as daemon:
            slot = daemon.serving()
            for how in ('empty-then-write', 'iterator-then-write', 'iterator-then-more'):
                with self.subTest(how):
                    answer = slot.get(f'/{how}?/')
                    self.assertEqual(answer.frames, ['RESPONSE', 'END'])
                    body = b'' if how.startswith('empty') else b'hello'
                    self.assertEqual((answer.body, answer.failed), (body, False))

    def test_that_is_large_comes_in_pieces(self) -> None:
        with Daemon('closes_late') as daemon:
            slot = daemon.serving()
            for how in ('large-list', 'large-iterator'):
                with self.subTest(how):
                    answer = slot.get(f'/{how}?/')
                    self.assertEqual(answer.frames, ['HEAD', 'DATA', 'END'])
                    self.assertEqual(len(answer.body), 65536)

    def test_after_write_is_streamed(self) -> None:
        with Daemon('closes_late') as daemon:
            answer = daemon.serving().get('/written?/')
        self.assertEqual(answer.frames, ['HEAD', 'DATA', 'DATA', 'END'])
        self.assertEqual(answer.body, b'written, hello')


if __name__ == '__main__':
    unittest.main()
