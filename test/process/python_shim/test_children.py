"""What the application starts: its children in requests, and what it leaves when a process ends."""

from __future__ import annotations

import os
import signal
import unittest

from fake_peers import Daemon, frames, is_alive, stop, until


def descriptors_of(pid: int) -> set[str]:
    return set(os.listdir(f'/proc/{pid}/fd'))


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Forks(unittest.TestCase):
    def test_of_the_application_hold_none_of_our_descriptors(self) -> None:
        with Daemon('forks_a_child') as daemon:
            slot = daemon.serving()
            child, worker = map(int, slot.get('/?sleeps').body.split())
            try:
                until('the child closed ours', lambda: descriptors_of(child) == {'0', '1', '2'})
                self.assertGreater(len(descriptors_of(worker)), 5)
                stop(worker)
                daemon.hear('exited', pid=worker)
                self.assertRaises(EOFError, slot.receive)
                stop(child, signal.SIGTERM)
                until('SIGTERM ends the child', lambda: not is_alive(child))
            finally:
                if is_alive(child):
                    stop(child)

    def test_of_the_application_die_of_a_sigterm_that_comes_at_once(self) -> None:
        with Daemon('forks_a_child') as daemon:
            self.assertEqual(daemon.serving().get('/?terminated').body, b'{15}')

    def test_that_come_back_from_a_request_answer_nothing(self) -> None:
        with Daemon('forks_a_child') as daemon:
            slot = daemon.serving()
            self.assertEqual(slot.get('/?returns').body.split()[1], slot.pid.encode())
            until('the child is ended', lambda: 'came back into the worker' in daemon.log())
            self.assertEqual(len(slot.get('/?returns').body.split()), 2)
            self.assertTrue(slot.is_silent(0.1))

    def test_of_the_application_end_with_the_code_that_they_ask_for(self) -> None:
        for threads in 1, 2:
            with Daemon('forks_a_child', threads=threads) as daemon:
                slots = [daemon.serving(), *[daemon.accept() for _ in range(1, threads)]]
                for asked, code in ('0', b'0'), ('None', b'0'), ('7', b'7'), ('"text"', b'1'):
                    with self.subTest(threads=threads, asked=asked):
                        self.assertEqual(slots[-1].get(f'/?exits={asked}').body, code)
                self.assertEqual(daemon.log().count('atexit ran in another'), 4)
                self.assertNotIn('reeve:', daemon.log())
                self.assertNotIn('Traceback', daemon.log())

    def test_at_the_import_end_as_python_would_end_them(self) -> None:
        ways = {
            'exits': (b'0', ''),
            'exits with a text': (b'1', 'a text\n'),
            'raises': (b'1', 'ValueError: in the child\n'),
            'comes back': (b'unknown', 'forked by the application, returned from where it was: ended'),
        }
        for how, (code, said) in ways.items():
            for is_lazy in False, True:
                with Daemon('forks_at_import', argv=[how], lazyApps=is_lazy) as daemon:
                    daemon.hear('imported')
                    daemon.fork()
                    self.assertEqual(daemon.accept().get('/').body, code, how)
                    until('it is said', lambda: said in daemon.log())
                    self.assertNotIn('internal error', daemon.log())

    def test_of_the_application_are_no_reason_for_a_warning(self) -> None:
        with Daemon('forks_with_warnings') as daemon:
            slot = daemon.serving()
            slot.get('/')
            slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)
            in_request, at_exit = daemon.log().splitlines()
            self.assertEqual(in_request, 'forked without a warning')
            # Python 3.12 refuses to fork there.
            self.assertRegex(at_exit, "without a warning|can't fork at interpreter shutdown")


class Leftovers(unittest.TestCase):
    def test_of_a_spawner_that_leaves_are_ended_and_its_workers_live(self) -> None:
        self.see_leftovers_ended('')

    @unittest.skipIf(os.geteuid(), 'only root can change its root directory')
    def test_are_ended_though_the_application_has_put_proc_out_of_reach(self) -> None:
        self.see_leftovers_ended('chroot')

    def see_leftovers_ended(self, argument: str) -> None:
        with Daemon('leaves_children', argv=[argument]) as daemon:
            slot = daemon.serving()
            pids = [int(pid) for pid in slot.get('/').body.split()]
            self.assertTrue(all(map(is_alive, pids)))
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)
            self.assertEqual([pid for pid in pids if is_alive(pid)], [])
            self.assertEqual(daemon.log().count('atexit ran in the spawner'), 1)
            self.assertTrue(is_alive(int(slot.pid)))
            self.assertEqual(slot.get('/').status, '200 OK')

    def test_that_a_thread_starts_again_and_again_are_ended(self) -> None:
        with Daemon('starts_children_again') as daemon:
            group = int(daemon.serving().get('/').body)
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)
            until('all of its group are gone', lambda: not has_processes(group))

    def test_of_faulthandler_in_a_spawner_keep_no_worker_from_its_end(self) -> None:
        with Daemon('watches_its_import') as daemon:
            slot = daemon.serving()
            self.assertEqual(slot.get('/').body, b'served')
            slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)

    def test_of_an_atexit_function_that_hangs_in_a_spawner_are_bounded(self) -> None:
        with Daemon('hangs_at_exit', exitLimit=0.3) as daemon:
            daemon.hear('imported')
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)
            self.assertIn('reeve: the spawner: did not shut down within 0.3 s', daemon.log())


if __name__ == '__main__':
    unittest.main()
