"""An application that changes everything that belongs to the process costs Reeve nothing."""

from __future__ import annotations

import ast
import os
import signal
import tempfile
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from fake_peers import APPS, SHIM, Daemon, Slot, frames, is_alive, stop, until

CITIZEN = APPS.parent / 'python'
HELD_BACK = {'__future__', 'typing', 'collections.abc', 'types'}


def imported_by_the_shim() -> list[str]:
    """Every module of the standard library that a file of the shim imports."""
    found: set[str] = set()
    for file in [*SHIM.glob('reeve_worker/**/*.py'), SHIM / 'launch.py']:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module)
    ours = {file.stem for file in SHIM.glob('*.py')}
    # Through those modules Python itself works, and what is imported from them are types.
    return sorted(found - HELD_BACK - ours)


@contextmanager
def citizen(threads: int, is_lazy: bool) -> Iterator[tuple[Daemon, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / 'own'
        daemon = Daemon(
            'hostile_citizen.py',
            CITIZEN,
            threads=threads,
            lazyApps=is_lazy,
            argv=[str(own), *imported_by_the_shim()],
        )
        with daemon:
            yield daemon, own


WAYS = [(threads, is_lazy) for threads in (1, 4) for is_lazy in (False, True)]


class HostileCitizen(unittest.TestCase):
    def each_way(self) -> Iterator[tuple[Daemon, Path, list[Slot]]]:
        for threads, is_lazy in WAYS:
            with self.subTest(threads=threads, is_lazy=is_lazy):
                with citizen(threads, is_lazy) as (daemon, own):
                    slots = [daemon.serving(), *[daemon.accept() for _ in range(1, threads)]]
                    yield daemon, own, slots

    def test_the_list_of_modules_is_what_the_shim_imports(self) -> None:
        modules = imported_by_the_shim()
        for name in ('os', 'time', 'select', '_socket', '_signal', '_thread', 'json', 'traceback'):
            self.assertIn(name, modules)

    def test_is_served_and_none_of_our_lines_are_in_its_file(self) -> None:
        for daemon, own, slots in self.each_way():
            for slot in slots:
                slot.ask('/')
            for slot in slots:
                answer = slot.answer()
                self.assertEqual((answer.body, answer.failed), (b'first second', False))
            self.assertEqual(len(slots[-1].get('/large').body), 8 << 20)
            self.assertTrue(slots[-1].get('/raise').failed)
            self.assertRegex(
                daemon.log(), r'reeve: worker 1: exception in GET /raise \(request .*\)\nTraceback'
            )
            self.assertIn('ValueError: in a request\n', daemon.log())
            self.assertNotIn('reeve', own.read_text())
            self.assertNotIn('in a request', own.read_text())
            status = Path(f'/proc/{slots[0].pid}/status').read_text()
            blocked = int(status.partition('SigBlk:')[2].split()[0], 16)
            self.assertFalse(blocked & 1 << 44, 'the signal that asks for a stack')
            self.assertTrue(blocked & 1 << signal.SIGUSR1 - 1, 'what it blocks stays blocked')

    def test_reads_a_body_that_pauses(self) -> None:
        for _daemon, _own, slots in self.each_way():
            slot = slots[-1]
            slot.ask('/echo', method='POST', has_body=True)
            slot.send(frames.BODY, b'one ')
            time.sleep(0.4)  # Longer than its default timeout.
            slot.send_body(b'two')
            self.assertEqual(slot.answer().body, b'one two')

    def test_is_replaced_when_it_is_killed(self) -> None:
        for daemon, _own, slots in self.each_way():
            stop(int(slots[0].pid))
            told = daemon.hear('exited', pid=int(slots[0].pid))
            self.assertEqual((told['code'], told['signal']), (-1, 9))
            daemon.fork(2)
            self.assertEqual(daemon.accept().get('/').body, b'first second')

    def test_connects_again_when_the_gateway_dies(self) -> None:
        for daemon, _own, slots in self.each_way():
            for slot in slots:
                slot.ask('/')
                slot.receive()
                slot.connection.close()
            for slot in [daemon.accept() for _ in slots]:
                slot.ask('/echo', method='POST', has_body=True)
                slot.send_body(b'again')
                self.assertEqual(slot.answer().body, b'again')

    def test_ends_when_it_is_drained_and_its_spawner_when_it_is_told(self) -> None:
        for daemon, _own, slots in self.each_way():
            for slot in slots:
                slot.send(frames.DRAIN)
            daemon.hear('exited', pid=int(slots[0].pid))
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)


class Rights(unittest.TestCase):
    @unittest.skipIf(os.geteuid(), 'only root can change them')
    def test_that_are_given_up_at_import_leave_workers_on_the_lifeline(self) -> None:
        for what, user in ('user', b'65534'), ('root', b'0'):
            for is_lazy in False, True:
                with self.subTest(what, is_lazy=is_lazy):
                    with Daemon('gives_up_rights', argv=[what], lazyApps=is_lazy) as daemon:
                        slot = daemon.serving()
                        self.assertEqual(slot.get('/').body, user)
                        self.assertEqual(daemon.log(), '')
                        daemon.cut_lifeline()
                        until('the worker is gone', lambda: not is_alive(int(slot.pid)))
                        daemon.process.wait(5)

    def test_to_open_more_descriptors_that_are_given_up_are_reported(self) -> None:
        with Daemon('gives_up_rights', argv=['descriptors']) as daemon:
            daemon.hear('imported')
            daemon.say({'type': 'fork', 'slot': 1, 'token': 'x', 'seenTraceback': ''})
            error = daemon.hear('fork-failed')['error']
            self.assertEqual(error, 'EMFILE')
        with Daemon('gives_up_rights', argv=['descriptors'], lazyApps=True) as daemon:
            daemon.hear('imported')
            daemon.fork()
            said = 'reeve: worker 1: cannot connect to the gateway: Too many open files'
            until('it is reported', lambda: said in daemon.log())


if __name__ == '__main__':
    unittest.main()
