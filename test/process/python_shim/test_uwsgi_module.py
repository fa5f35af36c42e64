"""The module `uwsgi`: what it has, what it says of the process, hooks, and what it refuses."""

from __future__ import annotations

import ast
import os
import signal
import tempfile
import unittest
from typing import Any
from urllib.parse import quote

from fake_peers import Daemon, Slot, frames, until

OPTIONS = [['http', ':8000'], ['env', 'A=1'], ['env', 'B=2'], ['master', True], ['vacuum', '']]
FACTS = {'options': OPTIONS, 'magic': [['n', 'shop'], ['%', '%'], ['(', '%(']]}


def asked(slot: Slot, expression: str) -> Any:
    """What the worker says; text where it is no literal, as of an exception."""
    text = slot.get('/?' + quote(expression)).body.decode()
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


class Facts(unittest.TestCase):
    def test_of_the_configuration_are_what_uwsgi_has(self) -> None:
        with Daemon('asks_the_module', moduleFacts=FACTS, processes=2, threads=3) as daemon:
            slot = daemon.serving()
            options = {'http': b':8000', 'env': b'B=2', 'master': True, 'vacuum': b''}
            self.assertEqual(asked(slot, 'uwsgi.opt'), options)
            magic = {b'n': b'shop', b'%': b'%', b'(': b'%('}
            self.assertEqual(asked(slot, 'uwsgi.magic_table'), magic)
            numbers = asked(slot, '(uwsgi.numproc, uwsgi.cores, uwsgi.buffer_size)')
            self.assertEqual(numbers, (2, 3, 4096))
            node = os.uname().nodename.encode()
            told = asked(slot, "(environ['uwsgi.version'], environ['uwsgi.node'])")
            self.assertEqual(told, (b'2.0.31', node))

    def test_of_the_process(self) -> None:
        with Daemon('asks_the_module', processes=2) as daemon:
            first = daemon.serving()
            daemon.fork(2)
            second = daemon.accept()
            self.assertEqual(asked(first, 'AT_IMPORT'), (0, os.getpid()))
            ids = asked(first, '(uwsgi.worker_id(), uwsgi.masterpid())')
            self.assertEqual(ids, (1, os.getpid()))
            self.assertEqual(asked(second, '(uwsgi.worker_id(), uwsgi.mule_id())'), (2, 0))
            self.assertEqual(asked(second, 'uwsgi.i_am_the_spooler()'), None)

    def test_of_all_workers_are_known_to_each(self) -> None:
        with Daemon('asks_the_module', processes=2) as daemon:
            first = daemon.serving()
            pid = daemon.fork(2)
            second = daemon.accept()
            for _ in range(3):
                second.get('/?1')
            workers = asked(first, 'uwsgi.workers()')
            self.assertEqual([each['id'] for each in workers], [1, 2])
            self.assertEqual([each['status'] for each in workers], [b'busy', b'idle'])
            self.assertEqual((workers[1]['pid'], workers[1]['requests']), (pid, 3))
            self.assertEqual(asked(first, 'uwsgi.total_requests()'), 4)
            self.assertEqual(asked(first, 'uwsgi.request_id()'), 2)
            os.kill(pid, signal.SIGKILL)
            daemon.hear('exited', pid=pid)
            self.assertEqual(asked(first, 'uwsgi.workers()[1]["status"]'), b'cheap')


class Hooks(unittest.TestCase):
    def test_run_after_the_fork_after_each_request_and_at_the_end(self) -> None:
        with Daemon('asks_the_module') as daemon:
            slot = daemon.serving()
            slot.get('/?1')
            self.assertEqual(asked(slot, 'HOOKS'), [('post_fork', 1), ('after_req', 1)])
            slot.send(frames.DRAIN)
            until('the worker says farewell', lambda: 'farewell of worker 1' in daemon.log())

    def test_that_raise_cost_nothing_but_a_line(self) -> None:
        with Daemon('asks_the_module') as daemon:
            slot = daemon.serving()
            slot.get('/?' + quote('setattr(uwsgi, "after_req_hook", lambda: 1 / 0)'))
            self.assertEqual(slot.get('/?5').body, b'5')
            until('it is logged', lambda: 'exception in uwsgi.after_req_hook' in daemon.log())


class Requests(unittest.TestCase):
    def test_have_a_time_limit_of_their_own(self) -> None:
        with Daemon('asks_the_module', harakiri=30) as daemon:
            slot = daemon.serving()
            left = (20_000, 30_000)
            for seconds, (least, most) in ((5, (4_000, 5_000)), (90, left), (0, left)):
                slot.ask('/?' + quote(f'uwsgi.set_user_harakiri({seconds})'))
                kind, payload = slot.receive()
                self.assertEqual(kind, frames.LIMIT)
                self.assertTrue(least < frames.decode_limit(payload) <= most, payload)
                slot.answer()

    def test_have_variables_for_the_log(self) -> None:
        with Daemon('asks_the_module') as daemon:
            slot = daemon.serving()
            pair = "(uwsgi.set_logvar('user', 'jo\\0x'), uwsgi.get_logvar(b'user'))"
            answer = slot.get('/?' + quote(pair))
            self.assertEqual(answer.body, b"(None, b'jo\\x00x')")
            self.assertEqual(answer.log_variables, ['user', 'jo'])
            self.assertEqual(asked(slot, "uwsgi.get_logvar('user')"), None)

    def test_call_functions_by_name_with_bytes(self) -> None:
        with Daemon('asks_the_module') as daemon:
            slot = daemon.serving()
            registered = "uwsgi.register_rpc('add', lambda *a: b'+'.join(a))"
            self.assertEqual(asked(slot, registered), True)
            self.assertEqual(asked(slot, "uwsgi.rpc('', 'add', b'1', '2')"), b'1+2')
            self.assertEqual(asked(slot, 'uwsgi.rpc_list()'), (b'add',))
            self.assertIn('unable to call rpc function', asked(slot, "uwsgi.call('none')"))
            self.assertIn('over HTTP', asked(slot, "uwsgi.rpc('10.0.0.1:3031', 'add')"))


class Refused(unittest.TestCase):
    def test_functions_say_why_and_what_to_use(self) -> None:
        with Daemon('asks_the_module') as daemon:
            slot = daemon.serving()
            for call, words in (
                ("uwsgi.i_am_the_lord('x')", 'keepalived'),
                ('uwsgi.websocket_handshake()', 'not supported yet'),
                ("uwsgi.alarm('a', 'b')", 'log'),
                ('uwsgi.connection_fd()', 'the gateway'),
                ("uwsgi.wait_fd_read(5)", 'threads'),
                ("uwsgi.ZipImporter('x')", 'sys.path'),
            ):
                said = asked(slot, call)
                self.assertTrue(said.startswith('NotImplementedError: uwsgi.'), said)
                self.assertIn(words, said)


SESSIONS = {
    **{'name': 'sessions', 'items': 3, 'blocks': 3, 'blocksize': 100, 'keysize': 50},
    **{'hashsize': 8, 'bitmap': False, 'lru': False, 'ignoreFull': False, 'clearOnFull': False},
    **{'noExpire': False, 'lastModified': False, 'storeSync': 0, 'storeDelete': False},
    'isKept': False,
    'store': '',
}


class Caches(unittest.TestCase):
    def test_are_shared_by_workers_and_outlive_them(self) -> None:
        with Daemon('asks_the_module', processes=2, shared={'caches': [SESSIONS]}) as daemon:
            first = daemon.serving()
            pid = daemon.fork(2)
            second = daemon.accept()
            self.assertEqual(asked(second, "uwsgi.cache_set('a', 'b')"), True)
            self.assertEqual(asked(first, "uwsgi.cache_get(b'a', 'sessions')"), b'b')
            os.kill(pid, signal.SIGKILL)
            self.assertEqual(asked(first, "uwsgi.cache_get('a')"), b'b')

    def test_say_why_they_do_not_take_an_item(self) -> None:
        with Daemon('asks_the_module', shared={'caches': [SESSIONS]}) as daemon:
            slot = daemon.serving()
            self.assertEqual(asked(slot, "uwsgi.cache_set('a', 'x' * 101)"), None)
            until('it is logged', lambda: 'more than blocksize = 100' in daemon.log())
            self.assertIn('Redis', asked(slot, "uwsgi.cache_get('a', 'x@10.0.0.1:3031')"))

    def test_in_a_file_outlive_the_instance(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            stored = {**SESSIONS, 'store': f'{folder}/sessions'}
            for value in (None, b'b'):
                with Daemon('asks_the_module', shared={'caches': [stored]}) as daemon:
                    slot = daemon.serving()
                    self.assertEqual(asked(slot, "uwsgi.cache_get('a')"), value)
                    asked(slot, "uwsgi.cache_update('a', 'b')")
            changed = {**stored, 'items': 4, 'blocks': 4}
            with Daemon('asks_the_module', shared={'caches': [changed]}) as daemon:
                slot = daemon.serving()
                self.assertEqual(asked(slot, "uwsgi.cache_set('c', 'd')"), True)
                self.assertIn('it is another store', daemon.log())


class Locks(unittest.TestCase):
    def test_exclude_other_workers_until_their_owner_ends(self) -> None:
        with Daemon('asks_the_module', processes=2, shared={'locks': 1}) as daemon:
            first = daemon.serving()
            pid = daemon.fork(2)
            second = daemon.accept()
            self.assertEqual(asked(second, 'uwsgi.lock(1)'), None)
            locked = '(uwsgi.is_locked(1), uwsgi.is_locked())'
            self.assertEqual(asked(first, locked), (True, False))
            self.assertIn('already', asked(second, 'uwsgi.lock(1)'))
            self.assertEqual(asked(first, 'uwsgi.lock(2)'), 'ValueError: Invalid lock number')
            first.ask('/?' + quote('uwsgi.lock(1)'))
            self.assertTrue(first.is_silent(0.2))
            os.kill(pid, signal.SIGKILL)
            self.assertEqual(first.answer().body, b'None')
