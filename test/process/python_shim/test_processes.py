"""The lives of spawner and workers: import, fork, titles, drain, lifeline."""

from __future__ import annotations

import select
import socket
import tempfile
import time
import unittest
from pathlib import Path

from fake_peers import APPS, Daemon, frames, is_alive, source, stop, until

BROKEN = 'broken.'


def cmdline(pid: int) -> str:
    return Path(f'/proc/{pid}/cmdline').read_bytes().rstrip(b'\0').decode()


class Import(unittest.TestCase):
    def test_that_kills_the_process_is_seen_from_outside(self) -> None:
        with Daemon('broken.dies') as daemon:
            self.assertEqual(daemon.process.wait(), 5)

    def test_names_are_found_as_under_uwsgi(self) -> None:
        expected = {
            'flask-like-names.py': 'uwsgi_file_flask-like-names',
            'flask-like-names': 'flask-like-names',
        }
        for name, module_name in expected.items():
            for callable_name in ('app', 'create_app()', 'Holder.nested.app'):
                applications = [source(name, callable_name=callable_name)]
                with (
                    self.subTest(name),
                    Daemon(
                        applications=applications, pythonPath=['/opt/a', '/opt/b'], argv=['x', 'y']
                    ) as daemon,
                ):
                    told = daemon.serving().get('/').body.decode()
                path = ['/opt/b', '/opt/a', '.', '']
                self.assertEqual(told, repr((module_name, True, path, ['uwsgi', 'x', 'y'], False)))

    def test_several_applications_are_told_apart_by_number(self) -> None:
        applications = [source('says_hello'), source('flask-like-names:app', '/two')]
        with Daemon(applications=applications) as daemon:
            slot = daemon.serving()
            self.assertEqual(slot.get('/', number=0).body, b'hello')
            self.assertIn(b'flask-like-names', slot.get('/', number=1).body)

    def test_names_of_ours_shadow_nothing(self) -> None:
        with Daemon('tries_our_names', folder=APPS) as daemon:
            self.assertEqual(daemon.serving().get('/').body, b'ImportError ImportError ImportError')

    def test_an_application_has_the_modules_that_everybody_has_not_copies_of_ours(self) -> None:
        for name in 'names_its_modules', 'names_its_modules.py':
            for is_lazy in False, True:
                with Daemon(name, folder=APPS, lazyApps=is_lazy) as daemon:
                    self.assertEqual(daemon.serving().get('/').body, b'others: []')

    def test_an_application_without_standard_streams_is_served_and_ends(self) -> None:
        with Daemon('deletes_streams') as daemon:
            slot = daemon.serving()
            self.assertEqual(slot.get('/').body, b'served')
            self.assertIn('written to the log\n', daemon.log())
            slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(5), 0)
            self.assertEqual(daemon.log(), 'written to the log\n')

    def test_an_application_that_closes_the_standard_descriptors_is_served(self) -> None:
        for is_lazy in False, True:
            with Daemon('closes_descriptors', lazyApps=is_lazy) as daemon:
                slot = daemon.serving()
                self.assertEqual(slot.get('/').body, b'served, OSError')
                slot.send(frames.DRAIN)
                self.assertEqual(daemon.hear('exited')['code'], 0)

    def test_threads_left_by_the_import_are_counted_and_named(self) -> None:
        with Daemon('starts_a_thread_at_import') as daemon:
            told = daemon.hear('imported')
            self.assertEqual((told['extraThreads'], told['threadNames']), (1, ['background work']))
        with Daemon('says_hello') as daemon:
            self.assertEqual(daemon.hear('imported')['extraThreads'], 0)

    def test_lazy_runs_in_the_worker_and_shows_a_traceback_once(self) -> None:
        with Daemon('broken.raises', lazyApps=True, autoreload=1) as daemon:
            daemon.hear('imported')
            pid = daemon.fork(2)
            failed = daemon.hear('worker-failed', pid=pid)
            self.assertEqual(daemon.hear('exited', pid=pid)['code'], 22)
            self.assertIn('ZeroDivisionError', failed['sentence'])
            again = daemon.fork(2, seen=failed['traceback'])
            self.assertEqual(
                daemon.hear('worker-failed', pid=again)['traceback'], failed['traceback']
            )
            self.assertEqual(daemon.log().count('Traceback'), 1)
            files = [file for m in daemon.messages if m['type'] == 'modules' for file in m['files']]
            self.assertIn(str(APPS / 'broken/raises.py'), files)
        with Daemon('tells_its_thread', lazyApps=True) as daemon:
            self.assertIn(b'True 1', daemon.serving().get('/').body)


class Modules(unittest.TestCase):
    def files(self, daemon: Daemon) -> list[str]:
        told = [file for m in daemon.messages if m['type'] == 'modules' for file in m['files']]
        return [file for file in told if file.startswith(str(APPS))]

    def test_are_reported_after_the_import_and_when_a_request_imports_more(self) -> None:
        with Daemon('imports_later', autoreload=2) as daemon:
            slot = daemon.serving()
            self.assertEqual(self.files(daemon), [str(APPS / 'imports_later.py')])
            slot.get('/')
            late = daemon.hear('modules', after=len(daemon.messages))
            self.assertEqual(late['files'], [str(APPS / 'imported_late.py')])

    def test_are_not_reported_without_autoreload(self) -> None:
        with Daemon('imports_later') as daemon:
            daemon.serving().get('/')
            self.assertEqual(self.files(daemon), [])

    def test_of_a_failed_import_are_reported(self) -> None:
        with Daemon('broken.has_bad_syntax', autoreload=2) as daemon:
            daemon.hear('import-failed')
            self.assertIn(str(APPS / 'broken/has_bad_syntax.py'), self.files(daemon))


class Titles(unittest.TestCase):
    def test_are_whole_and_the_short_name_is_reeve(self) -> None:
        with Daemon('says_hello') as daemon:
            worker = int(daemon.serving(3).pid)
            for pid, title in (
                (daemon.process.pid, 'demo reeve spawner'),
                (worker, 'demo reeve worker 3'),
            ):
                self.assertEqual(cmdline(pid), title)
                self.assertEqual(Path(f'/proc/{pid}/comm').read_text(), 'reeve\n')

    def test_are_cut_where_the_room_ends(self) -> None:
        titles = {'spawner': 's' * 5000, 'worker': 'w'}
        with Daemon('says_hello', titles=titles) as daemon:
            daemon.hear('imported')
            self.assertRegex(cmdline(daemon.process.pid), '^s{200,400}$')


class Deaths(unittest.TestCase):
    def test_of_workers_are_reported_with_code_or_signal(self) -> None:
        with Daemon('ends_itself') as daemon:
            slot = daemon.serving()
            stop(int(slot.pid))
            told = daemon.hear('exited', pid=int(slot.pid))
            self.assertEqual((told['code'], told['signal'], told['slot']), (-1, 9, 1))
            pid = daemon.fork(2)
            slot = daemon.accept()
            slot.ask('/?os-exit')
            self.assertEqual(daemon.hear('exited', pid=pid)['code'], 9)
            pid = daemon.fork(2)
            slot = daemon.accept()
            slot.ask('/?segfault')
            self.assertEqual(daemon.hear('exited', pid=pid)['signal'], 11)
            self.assertIn('Segmentation fault', daemon.log())

    def test_a_spawner_answers_each_question(self) -> None:
        with Daemon('says_hello') as daemon:
            daemon.hear('imported')
            for number in (1, 2):
                daemon.say({'type': 'ping', 'number': number})
                daemon.hear('alive', number=number)

    def test_a_worker_whose_channel_is_closed_for_good_leaves(self) -> None:
        with Daemon('says_hello', threads=2) as daemon:
            first, second = daemon.serving(), daemon.accept()
            daemon.listener.close()
            self.assertEqual(first.get('/').body, b'hello')
            first.close()
            second.close()
            self.assertEqual(daemon.hear('exited', pid=int(first.pid))['code'], 0)

    def test_lifeline_ends_spawner_and_workers_even_one_that_holds_the_gil(self) -> None:
        with Daemon('holds_the_gil') as daemon:
            busy = daemon.serving(1)
            daemon.fork(2)
            idle = daemon.accept()
            busy.ask('/')
            until('it computes', lambda: 'holding the GIL' in daemon.log())
            pids = [daemon.process.pid, int(busy.pid), int(idle.pid)]
            daemon.cut_lifeline()
            until('all are gone', lambda: not any(map(is_alive, pids)))

    def test_workers_outlive_their_spawner_and_still_hang_on_the_lifeline(self) -> None:
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            stop(daemon.process.pid)
            daemon.process.wait()
            self.assertEqual(slot.get('/').body, b'hello')
            daemon.cut_lifeline()
            until('the worker is gone', lambda: not is_alive(int(slot.pid)))

    def test_a_master_that_has_gone_without_reading_all_is_no_error(self) -> None:
        with Daemon('says_hello') as daemon:
            daemon.serving()
            daemon.say({'type': 'ping', 'number': 1})
            until('the answer is there', lambda: select.select([daemon.control], [], [], 0)[0])
            daemon.control.close()
            self.assertEqual(daemon.process.wait(), 0)
            self.assertEqual(daemon.log(), '')

    def test_lifeline_cut_before_it_was_armed_ends_the_process(self) -> None:
        daemon = Daemon('says_hello')
        with daemon:
            daemon.cut_lifeline()
            daemon.process.wait(5)

    def test_exit_leaves_the_workers(self) -> None:
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            daemon.say({'type': 'exit'})
            self.assertEqual(daemon.process.wait(), 0)
            self.assertEqual(slot.get('/').body, b'hello')


class Channels(unittest.TestCase):
    def test_are_opened_again_when_the_gateway_dies(self) -> None:
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            slot.connection.shutdown(socket.SHUT_RDWR)
            again = daemon.accept()
            self.assertEqual((again.pid, again.token), (slot.pid, slot.token))
            self.assertEqual(again.get('/').body, b'hello')

    def test_are_opened_again_when_the_gateway_dies_in_a_request(self) -> None:
        with Daemon('counts_closes') as daemon:
            slot = daemon.serving()
            slot.ask('/?endless')
            slot.receive()
            slot.connection.close()
            again = daemon.accept()
            self.assertEqual(again.get('/count').body, b'1')
            self.assertEqual(daemon.log(), '')

    def test_drain_ends_the_worker_with_its_atexit_functions(self) -> None:
        with Daemon('leaves_a_thread') as daemon:
            slot = daemon.serving()
            slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)
            self.assertIn('atexit ran', daemon.log())

    def test_drain_is_bounded_by_the_exit_limit(self) -> None:
        with Daemon('leaves_a_thread', exitLimit=0.3) as daemon:
            slot = daemon.serving()
            slot.get('/?thread')
            slot.send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)
            self.assertIn('did not shut down within 0.3 s', daemon.log())

    def test_one_slot_means_one_thread(self) -> None:
        with Daemon('tells_its_thread') as daemon:
            self.assertEqual(daemon.serving().get('/').body, b'True 1 (False, False)')

    def test_each_thread_is_a_slot_and_slot_0_is_the_main_thread(self) -> None:
        with Daemon('tells_its_thread', threads=3) as daemon:
            first = daemon.serving()
            slots = {slot.thread: slot for slot in (first, daemon.accept(), daemon.accept())}
            started = time.monotonic()
            for slot in slots.values():
                slot.ask('/?1')
            bodies = {thread: slot.answer().body for thread, slot in slots.items()}
            self.assertLess(time.monotonic() - started, 2, 'one after the other would be 3 s')
            expected = {n: f'{n == "0"} 3 (True, False)'.encode() for n in '012'}
            self.assertEqual(bodies, expected)
            slots['0'].send(frames.DRAIN)
            self.assertIn(b'False 3', slots['1'].get('/').body)
            slots['1'].send(frames.DRAIN)
            slots['2'].send(frames.DRAIN)
            self.assertEqual(daemon.hear('exited')['code'], 0)

    def test_threads_look_to_the_application_like_any_other(self) -> None:
        with Daemon('describes_its_thread', threads=3) as daemon:
            first = daemon.serving()
            slots = {slot.thread: slot for slot in (first, daemon.accept(), daemon.accept())}
            for thread in '12':
                self.assertEqual(
                    slots[thread].get('/').body.decode(),
                    f"('reeve slot {thread}', False, False, True, True, ['profile', 'trace'])",
                )
            self.assertIn("('MainThread', False, False, True", slots['0'].get('/').body.decode())

    def test_log_is_reopened_between_requests(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / 'log'
            with Daemon('prints', logFile=str(log)) as daemon:
                slot = daemon.serving()
                slot.send(frames.REOPEN_LOG)
                slot.get('/line')
                self.assertEqual(log.read_text(), 'printed /line\n')
                self.assertNotIn('/line', daemon.log())
                log.unlink()
                daemon.say({'type': 'reopen-log'})
                until('the spawner has opened it as well', log.exists)


class OurOwnFaults(unittest.TestCase):
    def test_are_not_taken_for_the_applications(self) -> None:
        with Daemon('says_hello', titles={}) as daemon:
            self.assertEqual(daemon.process.wait(), 70)
            self.assertIn('reeve: internal error in the Python shim', daemon.log())


if __name__ == '__main__':
    unittest.main()
