"""What a signal costs a spawner or a worker: nothing, unless the application gave it a meaning."""

from __future__ import annotations

import signal
import unittest

from fake_peers import Daemon, stop, until


class Signals(unittest.TestCase):
    def test_cost_no_request(self) -> None:
        numbers = (
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGHUP,
            signal.SIGUSR1,
            signal.SIGUSR2,
            signal.SIGPIPE,
        )
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            daemon.hear('worker-started')
            self.assertEqual(slot.get('/').body, b'hello')
            for number in numbers:
                stop(int(slot.pid), number)
                stop(daemon.process.pid, number)
                self.assertEqual(slot.get('/').body, b'hello')
            daemon.fork(2)
            self.assertEqual(daemon.accept().get('/').body, b'hello')

    def test_that_arrive_at_the_same_moment_cost_no_request(self) -> None:
        """Their handlers nest: there must be stack for all of them."""
        numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2]
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            for pid in (int(slot.pid), daemon.process.pid):
                for number in [signal.SIGSTOP, *numbers, signal.SIGCHLD, signal.SIGCONT]:
                    stop(pid, number)
            self.assertEqual(slot.get('/').body, b'hello')
            daemon.fork(2)
            self.assertEqual(daemon.accept().get('/').body, b'hello')

    def test_a_crash_in_c_code_shows_the_python_stack(self) -> None:
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            stop(int(slot.pid), signal.SIGSEGV)
            self.assertEqual(daemon.hear('exited')['signal'], signal.SIGSEGV)
            self.assertIn('Segmentation fault', daemon.log())
            self.assertIn('reeve_worker', daemon.log())

    def test_handlers_of_the_application_run(self) -> None:
        with Daemon('handles_sigterm') as daemon:
            slot = daemon.serving()
            stop(int(slot.pid), signal.SIGTERM)
            until('the handler ran', lambda: slot.get('/').body == b'1')

    def test_whose_handler_raises_between_requests_cost_no_request_and_no_process(self) -> None:
        for is_lazy in False, True:
            with Daemon('limits_its_time', threads=2, lazyApps=is_lazy) as daemon:
                daemon.serving()
                pid = int(daemon.accept().pid)
                slots = {slot.thread: slot for slot in daemon.slots}
                slots['1'].ask('/late')  # No signal handler runs in this thread.
                for _ in range(2):
                    stop(pid, signal.SIGUSR1)
                    again = daemon.accept()
                    self.assertEqual((again.thread, int(again.pid)), ('0', pid))
                    self.assertEqual(again.get('/').body, b'served')
                self.assertEqual(slots['1'].answer().body, b'served')
                said = daemon.log().count('reeve: worker 1: exception between two requests\n')
                self.assertEqual(said, 2)
                self.assertIn('LimitReached: the time limit\n', daemon.log())
                stop(daemon.process.pid, signal.SIGUSR1)
                daemon.fork(2)
                self.assertEqual(daemon.accept().get('/').body, b'served')

    def test_sigterm_ends_an_import_that_hangs(self) -> None:
        with Daemon('hangs_at_import') as daemon:
            until('it is imported', lambda: 'importing' in daemon.log())
            daemon.process.terminate()
            self.assertEqual(daemon.process.wait(5), -signal.SIGTERM)
