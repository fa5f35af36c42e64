"""The body of a request: read in every way, left unread, cut short."""

from __future__ import annotations

import io
import os
import random
import unittest

from fake_peers import Daemon, Slot, frames
from reeve_worker.requests.channel import Channel
from reeve_worker.requests.wsgi import RequestBody


class PartsOfChance(Channel):
    """A channel on which a body comes in parts of any size."""

    def __init__(self, whole: bytes, chance: random.Random) -> None:
        self._whole, self._chance = whole, chance

    def next_body(self, size: int = 0) -> bytes | None:
        end = self._chance.randrange(1, max(2, min(size, 300)))
        part, self._whole = self._whole[:end], self._whole[end:]
        return part or None


class Body(unittest.TestCase):
    def asked(self, slot: Slot, how: str, *parts: bytes) -> bytes:
        slot.ask(f'/?{how}', method='POST', has_body=True)
        slot.send_body(*parts)
        return slot.answer().body

    def test_is_read_in_every_way(self) -> None:
        with Daemon('echoes_body') as daemon:
            slot = daemon.serving()
            parts = b'one\ntw', b'', b'o\nthree\n', b'4'
            self.assertEqual(self.asked(slot, 'read', *parts), b'one\ntwo\nthree\n4|')
            self.assertEqual(self.asked(slot, 'sizes', *parts), b'one\ntwo|\nthree\n|4|')
            self.assertEqual(self.asked(slot, 'readline', *parts), b'one\n|two|\n|')
            self.assertEqual(self.asked(slot, 'readlines', *parts), b'one\n|two\n|/|three\n|4')
            self.assertEqual(self.asked(slot, 'iterate', *parts), b'one\n|two\n|three\n|4')
            self.assertEqual(self.asked(slot, 'read'), b'|')

    def test_left_unread_is_dropped_and_the_end_does_not_wait_for_it(self) -> None:
        with Daemon('echoes_body') as daemon:
            slot = daemon.serving()
            slot.ask('/?none', method='POST', has_body=True)
            slot.send(frames.BODY, b'x' * 100_000)
            self.assertEqual(slot.receive()[0], frames.ANSWER)
            slot.send_body(b'y' * 100_000)
            self.assertEqual(self.asked(slot, 'read', b'next'), b'next|')

    def test_left_in_the_middle_of_a_part_is_dropped_before_the_next_request(self) -> None:
        with Daemon('echoes_body') as daemon:
            slot = daemon.serving()
            slot.ask('/?line', method='POST', has_body=True)
            slot.send(frames.BODY, b'one\n' + b'x' * 300_000)
            self.assertEqual(slot.answer().body, b'one\n')
            slot.send(frames.BODY_END)
            self.assertEqual(self.asked(slot, 'read', b'next'), b'next|')

    def test_is_read_as_a_file_is_however_its_parts_lie(self) -> None:
        for seed in range(300):
            chance = random.Random(seed)
            whole = bytes(chance.choices(b'ab\n', [20, 20, chance.choice([0, 1, 10])], k=2_000))
            body, file = RequestBody(PartsOfChance(whole, chance)), io.BytesIO(whole)
            for _ in range(40):
                how, size = chance.choice(['read', 'readline', 'readlines', 'read1']), None
                if how != 'readlines' and chance.random() < 0.9:
                    size = chance.randrange(-1 if how == 'readline' else 0, 200)
                got = getattr(body, how)(size)
                if how == 'read1':
                    self.assertTrue(got or size == 0 or file.tell() == len(whole))
                    size = len(got)
                self.assertEqual(got, getattr(file, how)(size), f'seed {seed}, {how}({size})')

    def test_large_goes_through(self) -> None:
        with Daemon('echoes_body') as daemon:
            slot = daemon.serving()
            part = os.urandom(3_000_000)
            self.assertEqual(self.asked(slot, 'read', part), part + b'|')

    def test_is_absent_without_a_body(self) -> None:
        with Daemon('echoes_body') as daemon:
            self.assertEqual(daemon.serving().get('/?read').body, b'|')

    def test_that_the_client_breaks_off_is_an_oserror(self) -> None:
        with Daemon('echoes_body') as daemon:
            slot = daemon.serving()
            slot.ask('/?read', method='POST', has_body=True)
            slot.send(frames.BODY, b'half')
            slot.send(frames.CANCEL)
            answer = slot.answer()
            self.assertEqual((answer.frames, answer.failed), (['END'], True))
            self.assertEqual(slot.get('/?none').frames, ['ANSWER'])


if __name__ == '__main__':
    unittest.main()
