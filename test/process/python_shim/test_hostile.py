"""An application that does what none should: it costs its request, or is told in a sentence."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from fake_peers import Daemon, frames

CUT = 'the application closed descriptors that are not its own'


class Streams(unittest.TestCase):
    def test_that_cannot_be_flushed_outlive_a_rotation_of_the_log(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / 'log'
            with Daemon('is_hostile', argv=['streams'], logFile=str(log)) as daemon:
                slot = daemon.serving()
                slot.send(frames.REOPEN_LOG)
                daemon.say({'type': 'reopen-log'})
                self.assertFalse(slot.get('/').failed)
                daemon.fork(2)
                self.assertFalse(daemon.accept().get('/').failed)

    def test_of_wsgi_errors_are_the_log_whatever_sys_stderr_is(self) -> None:
        with Daemon('is_hostile', argv=['streams']) as daemon:
            self.assertFalse(daemon.serving().get('/?errors').failed)
            self.assertEqual(daemon.log(), 'on wsgi.errors\n')


class Collector(unittest.TestCase):
    def test_that_was_switched_off_at_import_stays_off(self) -> None:
        for argv, state in (['no-collector'], b'False'), ([], b'True'):
            with Daemon('is_hostile', argv=argv) as daemon:
                self.assertEqual(daemon.serving().get('/').body, b'collector=' + state)


class Descriptors(unittest.TestCase):
    def test_of_ours_closed_at_import_end_the_spawner_with_a_sentence(self) -> None:
        for how in 'descriptors', 'reused-descriptors':
            with self.subTest(how), Daemon('is_hostile', argv=[how]) as daemon:
                self.assertEqual(daemon.process.wait(), 22)
                self.assertIn(f'reeve: the spawner: {CUT}', daemon.log())
                self.assertEqual(len(daemon.log().splitlines()), 1)

    def test_of_ours_closed_at_a_lazy_import_end_the_worker_with_a_sentence(self) -> None:
        with Daemon('is_hostile', argv=['descriptors'], lazyApps=True) as daemon:
            daemon.hear('imported')
            pid = daemon.fork()
            self.assertEqual(daemon.hear('exited', pid=pid)['code'], 22)
            self.assertIn(f'reeve: worker 1: {CUT}', daemon.log())

    def test_of_ours_closed_in_a_request_end_the_worker_with_a_sentence(self) -> None:
        with Daemon('is_hostile') as daemon:
            slot = daemon.serving()
            slot.ask('/?descriptors')
            self.assertEqual(daemon.hear('exited', pid=int(slot.pid))['code'], 1)
            self.assertIn(f'reeve: worker 1: {CUT}', daemon.log())
            self.assertEqual(len(daemon.log().splitlines()), 1)


class Requests(unittest.TestCase):
    def test_that_go_wrong_cost_themselves_only_and_say_why(self) -> None:
        endings = {
            'overflow': 'RecursionError: maximum recursion depth exceeded',
            'base-exception': 'is_hostile.Ending: out',
            'generator-exit': '\nGeneratorExit\n',
            'unprintable': 'is_hostile.Unprintable: <',
            'untouchable': 'in application\nis_hostile.Untouchable\n',
            'raises-at-first': 'ValueError: before the first chunk',
            'starts-late': 'GET /: the application did not call start_response',
            'odd-name': 'is not a header name',
            'many-headers': 'bytes long, more than 16777216',
        }
        for argv in [], ['low-recursion']:
            with Daemon('is_hostile', argv=argv) as daemon:
                slot = daemon.serving()
                for how, said in endings.items():
                    with self.subTest(how, argv=argv):
                        known = len(daemon.log())
                        answer = slot.get(f'/?{how}')
                        self.assertEqual((answer.frames, answer.failed), (['END'], True))
                        self.assertIn(said, daemon.log()[known:])
                self.assertFalse(slot.get('/').failed)

    def test_an_exception_that_cannot_be_asked_for_its_name_ends_the_import_with_one(self) -> None:
        for is_lazy in False, True:
            with Daemon('is_hostile', argv=['untouchable'], lazyApps=is_lazy) as daemon:
                if is_lazy:
                    daemon.hear('imported')
                    daemon.fork()
                told = daemon.hear('worker-failed' if is_lazy else 'import-failed')
                self.assertIn('module "is_hostile" raised ', told['sentence'])
                self.assertIn('Untouchable', told['sentence'])
                self.assertNotIn('internal error', daemon.log())

    def test_that_are_over_cannot_write_into_another_response(self) -> None:
        with Daemon('is_hostile') as daemon:
            slot = daemon.serving()
            slot.get('/?keeps-write')
            self.assertEqual(slot.get('/?writes-late').chunks, [b'BrokenRule'])


if __name__ == '__main__':
    unittest.main()
