"""Requests that lie in a slot's channel before their turn: claimed, run, or skipped."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from fake_peers import Daemon, Slot, frames, stop


class Waiting:
    """A request that runs until `release`, with the slot that runs it."""

    def __init__(self, slot: Slot, folder: str) -> None:
        self.slot = slot
        self._path = Path(folder) / 'release'
        slot.ask(f'/?{self._path}')
        kinds = [slot.receive()[0], slot.receive()[0]]
        assert kinds == [frames.HEAD, frames.DATA], kinds  # The first chunk: it runs.

    def release(self) -> None:
        self._path.touch()

    def end(self) -> frames.EndOfResponse:
        kind = 0
        while kind != frames.END:
            kind, payload = self.slot.receive()
        return frames.decode_end(payload)


class SentAhead(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def running(self, daemon: Daemon) -> Waiting:
        return Waiting(daemon.serving(), self.folder.name)

    def test_requests_run_in_order_when_their_turn_comes(self) -> None:
        with Daemon('streams_slowly') as daemon:
            running = self.running(daemon)
            for _ in range(3):
                running.slot.ask('/?/', ahead=True)
            running.release()
            self.assertEqual(running.end().outcome, frames.COMPLETE)
            for _ in range(3):
                self.assertEqual(running.slot.answer().body, b'firstsecond')
            self.assertEqual(running.slot.take_back(), 0)

    def test_requests_that_were_taken_back_are_skipped_with_their_bodies(self) -> None:
        with Daemon('streams_slowly') as daemon:
            running = self.running(daemon)
            slot = running.slot
            slot.ask('/?/', ahead=True)
            slot.ask('/?/', ahead=True, has_body=True)
            slot.send_body(b'much ' * 500)
            self.assertEqual(slot.take_back(), 2)
            running.release()
            running.end()
            self.assertEqual([slot.receive()[0] for _ in (1, 2)], [frames.SKIPPED] * 2)
            self.assertEqual(slot.get('/?/').body, b'firstsecond')

    def test_behind_what_was_taken_back_a_cancel_is_seen(self) -> None:
        with Daemon('streams_slowly') as daemon:
            running = self.running(daemon)
            slot = running.slot
            slot.ask('/?/', ahead=True)
            slot.ask('/?/', ahead=True, has_body=True)
            slot.send_body(b'x' * 100)
            self.assertEqual(slot.take_back(), 2)
            slot.send(frames.CANCEL)
            running.release()
            self.assertEqual(running.end().outcome, frames.FAILED)
            self.assertEqual([slot.receive()[0] for _ in (1, 2)], [frames.SKIPPED] * 2)
            self.assertEqual(slot.get('/?/').body, b'firstsecond')

    def test_a_killed_worker_leaves_the_bytes_of_what_it_never_began(self) -> None:
        with Daemon('streams_slowly') as daemon:
            running = self.running(daemon)
            for _ in range(3):
                running.slot.ask('/?/', ahead=True)
            stop(int(running.slot.pid))
            daemon.hear('exited', pid=int(running.slot.pid))
            self.assertEqual(running.slot.take_back(), 3)

    def test_a_lost_gateway_takes_with_it_what_has_not_begun(self) -> None:
        with Daemon('streams_slowly') as daemon:
            running = self.running(daemon)
            running.slot.ask(f'/?{self.folder.name}/never', ahead=True)
            running.slot.connection.close()
            running.release()
            again = daemon.accept()
            self.assertEqual(again.pid, running.slot.pid)
            self.assertEqual(again.get('/?/').body, b'firstsecond')
