"""What each request passes through goes a short way; it must agree with the careful one."""

from __future__ import annotations

import socket
import unittest
from typing import Any, NamedTuple

from fake_peers import ROOT, frames
from test_golden_frames import read_case

from reeve_worker.requests.channel import Channel, ChannelClosed
from reeve_worker.requests.response import encode_head


class NoClaims:
    def close(self) -> None: ...


class Pair(NamedTuple):
    name: str
    value: str


class Text(str):
    """A str as some frameworks have it."""


def outcome(action: Any, *arguments: Any) -> Any:
    """What comes back, or the words of the FrameError."""
    try:
        return action(*arguments)
    except frames.FrameError as error:
        return str(error)


def by_strings(payload: bytes) -> tuple[str, dict[str, str]]:
    number, *rest = frames.decode_strings(frames.REQUEST, payload)
    return number, dict(zip(rest[::2], rest[1::2]))


def one_by_one(stream: bytes) -> list[Any]:
    """The whole frames of a stream, and the words of the error that ends them."""
    found: list[Any] = []
    at = 0
    try:
        while header := frames.decode_header(stream, at):
            end = at + frames.HEADER_SIZE + header.length
            if end > len(stream):
                break
            payload = stream[at + frames.HEADER_SIZE : end]
            found.append((header.type, header.flags, payload))
            at = end
    except frames.FrameError as error:
        found.append(str(error))
    return found


def as_a_slot_reads(stream: bytes, step: int) -> list[Any]:
    """The same through a Channel, when `step` bytes come at a time."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(ours, NoClaims())
        for start in range(0, len(stream), step):
            theirs.send(stream[start : start + step])
        theirs.close()
        found: list[Any] = []
        while True:
            try:
                found.append(channel.next_frame())
            except ChannelClosed:
                return found
            except frames.FrameError as error:
                return [*found, str(error)]


class Requests(unittest.TestCase):
    def test_are_split_into_variables_as_into_strings(self) -> None:
        whole = b'0\0A\0b\0\0c\0A\0\xff\0'
        for end in range(len(whole) + 1):
            payload = whole[:end]
            self.assertEqual(
                outcome(frames.decode_request, payload), outcome(by_strings, payload), payload
            )

    def test_are_read_by_a_slot_as_the_codec_reads_them(self) -> None:
        streams = [read_case(case)[0] for case in (ROOT / 'test/golden/frames').glob('*.case')]
        request = frames.encode_frame(frames.REQUEST, b'0\0A\0b\0', frames.SENT_AHEAD)
        for at in range(frames.HEADER_SIZE):
            for value in (0, 1, 2, 3, 4, 0xFF):
                spoiled = bytearray(request * 3)
                spoiled[len(request) + at] = value
                streams.append(bytes(spoiled))
        for stream in streams:
            with self.subTest(stream):
                self.assertEqual(as_a_slot_reads(stream, len(stream) or 1), one_by_one(stream))


class Heads(unittest.TestCase):
    def test_take_no_control_character_but_the_tab_and_nothing_beyond_latin_1(self) -> None:
        for code in [*range(0x180), 0x20AC, 0x1F600]:
            is_sound = code == 9 or 32 <= code < 127 or 127 < code < 256
            value = f'a{chr(code)}b'
            for headers in ([('X-A', value)], [('X-A', 'a'), ('X-B', value), ('X-C', 'c')]):
                if is_sound:
                    head, _ = encode_head('200 OK', headers, 'GET')
                    lines = ['200 OK', *(f'{name}: {text}' for name, text in headers)]
                    expected = ''.join(f'{line}\r\n' for line in lines)
                    number = len(headers).to_bytes(4, 'little')
                    self.assertEqual(head, number + expected.encode('latin-1'))
                else:
                    with self.assertRaisesRegex(ValueError, 'the header X-[AB] '):
                        encode_head('200 OK', headers, 'GET')

    def test_say_the_control_character_where_another_is_beyond_latin_1(self) -> None:
        with self.assertRaisesRegex(ValueError, 'the header X-B has a control character'):
            encode_head('200 OK', [('X-A', '\u20ac'), ('X-B', '\r\n')], 'GET')

    def test_may_be_made_of_descendants_of_str_and_tuple(self) -> None:
        plain = encode_head('200 OK', [('X-A', 'a'), ('Content-Length', '3')], 'GET')
        other = [Pair('X-A', 'a'), (Text('Content-Length'), Text('3'))]
        for _ in range(2):
            self.assertEqual(encode_head(Text('200 OK'), other, 'GET'), plain)

    def test_promise_no_body_where_none_may_follow(self) -> None:
        length = [('Content-Length', '3')]
        for status, method, promised in (
            ('200 OK', 'GET', 3),
            ('200 OK', 'HEAD', None),
            ('204', 'GET', None),
            ('304 Not Modified', 'GET', None),
            ('404', 'POST', 3),
        ):
            for _ in range(2):
                self.assertEqual(encode_head(status, length, method)[1], promised, status)

    def test_with_an_unsound_status_are_refused_each_time(self) -> None:
        for status in ('200 OK\n', '200\x00', '100 Continue', '2000', '', '200 \u20ac'):
            for _ in range(2):
                with self.assertRaises(ValueError):
                    encode_head(status, [], 'GET')


if __name__ == '__main__':
    unittest.main()
