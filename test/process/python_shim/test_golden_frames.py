"""The codec against test/golden/frames: what Node must understand, Python must understand alike."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from fake_peers import ROOT, frames
from frame_text import describe

HEAD = b'\2\0\0\0' + '200 OK\r\nX-Name: J\xfcrgen\r\nEmpty: \r\n'.encode('latin-1')


def read_case(path: Path) -> tuple[bytes, str]:
    hexadecimal, _, meaning = path.read_text('utf-8').partition('\n---\n')
    return bytes.fromhex(re.sub('#.*', '', hexadecimal)), meaning


class GoldenFrames(unittest.TestCase):
    def test_every_case_means_what_it_says(self) -> None:
        cases = sorted((ROOT / 'test/golden/frames').glob('*.case'))
        self.assertGreater(len(cases), 20)
        for case in cases:
            with self.subTest(case.name):
                stream, meaning = read_case(case)
                self.assertEqual(describe(stream), meaning)

    def test_what_the_encoder_writes_is_the_golden_stream(self) -> None:
        stream, _ = read_case(ROOT / 'test/golden/frames/response.case')
        written = (
            frames.encode_frame(frames.HEAD, HEAD)
            + frames.encode_frame(frames.DATA, b'hello')
            + frames.encode_end(frames.COMPLETE, 1234, 56_000_000)
        )
        self.assertEqual(written, stream)
        stream, _ = read_case(ROOT / 'test/golden/frames/answer.case')
        answer = frames.encode_answer(HEAD, b'hello', frames.COMPLETE, 1234, 56_000_000)
        self.assertEqual(answer, stream)
        stream, _ = read_case(ROOT / 'test/golden/frames/response-before-end.case')
        response = frames.encode_response(HEAD, b'hello')
        self.assertEqual(response + frames.encode_end(frames.COMPLETE, 1234, 56_000_000), stream)


if __name__ == '__main__':
    unittest.main()
