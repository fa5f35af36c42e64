"""gevent's monkey.patch_all() in ordinary workers: what the shim does is not patched."""

from __future__ import annotations

import importlib.util
import unittest
from typing import Iterator

from fake_peers import APPS, Daemon, Slot, frames, stop


@unittest.skipUnless(importlib.util.find_spec('gevent'), 'this Python has no gevent')
class PatchedByGevent(unittest.TestCase):
    def each_way(self) -> Iterator[tuple[Daemon, list[Slot]]]:
        for threads in 1, 4:
            for is_lazy in False, True:
                settings = {'threads': threads, 'lazyApps': is_lazy}
                with self.subTest(**settings):
                    with Daemon('patched_by_gevent', APPS.parent / 'python', **settings) as daemon:
                        others = range(1, threads)
                        yield daemon, [daemon.serving(), *[daemon.accept() for _ in others]]

    def test_answers_in_each_thread(self) -> None:
        for daemon, slots in self.each_way():
            for slot in slots:
                self.assertEqual(slot.get('/').chunks, [b'first ', b'second'])
                self.assertEqual(slot.get('/socket').body, b'sent')
                if slot.thread == '0':  # gevent itself waits for programs in the main thread only.
                    self.assertEqual(slot.get('/command').body, b'printed\n')
            self.assertNotIn('reeve', daemon.log())

    def test_is_replaced_when_it_is_killed_and_ends_when_it_is_told(self) -> None:
        for daemon, slots in self.each_way():
            stop(int(slots[0].pid))
            told = daemon.hear('exited', pid=int(slots[0].pid))
            self.assertEqual((told['code'], told['signal']), (-1, 9))
            pid = daemon.fork(2)
            again = [daemon.accept() for _ in slots]
            self.assertEqual(again[0].get('/').body, b'first second')
            for slot in again:
                slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited', pid=pid)['code'], 0)
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)


if __name__ == '__main__':
    unittest.main()
