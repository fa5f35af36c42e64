"""WSGI as PEP 3333 has it, over a real channel."""

from __future__ import annotations

import os
import re
import tempfile
import unittest

from fake_peers import APPS, Answer, Daemon, Slot, frames, until

WHOLE = ['ANSWER']


class Environ(unittest.TestCase):
    def test_has_the_gateways_variables_and_the_wsgi_keys(self) -> None:
        with Daemon('echoes_environ', processes=2, threads=1) as daemon:
            slot = daemon.serving()
            text = slot.get('/caf\xc3\xa9?x=%20', HTTPS='on', SCRIPT_NAME='/app').body.decode(
                'latin-1'
            )
        for line in (
            "PATH_INFO = '/caf\xc3\xa9'",
            "QUERY_STRING = 'x=%20'",
            "SCRIPT_NAME = '/app'",
            "wsgi.url_scheme = 'https'",
            'wsgi.version = (1, 0)',
            'wsgi.multithread = False',
            'wsgi.multiprocess = True',
            'wsgi.run_once = False',
            'wsgi.input_terminated = True',
        ):
            self.assertIn(line + '\n', text)

    def test_has_the_scheme_that_the_gateway_names_whatever_https_says(self) -> None:
        with Daemon('echoes_environ') as daemon:
            body = daemon.serving().get('/', HTTPS='on', UWSGI_SCHEME='http').body
        self.assertIn(b"wsgi.url_scheme = 'http'\n", body)
        self.assertIn(b"HTTPS = 'on'\n", body)

    def test_is_new_for_each_request(self) -> None:
        with Daemon('echoes_environ') as daemon:
            slot = daemon.serving()
            self.assertIn(b'HTTP_X', slot.get('/', HTTP_X='1').body)
            self.assertNotIn(b'HTTP_X', slot.get('/').body)


class Walk(unittest.TestCase):
    def test_of_a_request_goes_through_five_files(self) -> None:
        """The fifth is serve.py, whose loop runs all the time and calls the others."""
        with Daemon('counts_files') as daemon:
            slot = daemon.serving()
            for _ in range(10):
                files = slot.get('/').body.decode()
            ours = 'channel.py request_frames.py response.py wsgi.py'.split()
            self.assertEqual(files.split(), sorted([*ours, 'counts_files.py']))


class End(unittest.TestCase):
    def test_says_of_some_requests_whether_their_thread_waited(self) -> None:
        with Daemon('waits_or_computes') as daemon:
            slot = daemon.serving()
            asleep = {slot.get('/sleeps').end.waiting for _ in range(32)}
            self.assertEqual(asleep, {frames.UNWATCHED, frames.WAITED})
            # A computation may have to wait too, for a page of memory; not each time.
            until('one ran through', lambda: slot.get('/').end.waiting == frames.RAN_THROUGH)


class Response(unittest.TestCase):
    def test_small_leaves_in_one_piece(self) -> None:
        with Daemon('says_hello') as daemon:
            answer = daemon.serving().get('/')
        self.assertEqual((answer.frames, answer.body, answer.failed), (WHOLE, b'hello', False))
        self.assertGreater(answer.end.resident_bytes, 1_000_000)

    def test_chunk_arrives_before_the_next_is_computed(self) -> None:
        with Daemon('streams_slowly') as daemon, tempfile.TemporaryDirectory() as folder:
            slot = daemon.serving()
            gate = os.path.join(folder, 'gate')
            slot.ask(f'/?{gate}')
            self.assertEqual(slot.receive()[0], frames.HEAD)
            self.assertEqual(slot.receive(), (frames.DATA, b'first'))
            self.assertTrue(slot.is_silent(0.1))
            open(gate, 'w').close()
            self.assertEqual(slot.receive(), (frames.DATA, b'second'))
            self.assertEqual(slot.receive()[0], frames.END)

    def test_write_comes_before_what_is_returned(self) -> None:
        with Daemon('uses_write') as daemon:
            answer = daemon.serving().get('/')
        self.assertEqual(answer.chunks, [b'one,', b'two,', b'three', b',four'])

    def test_file_wrapper_sends_the_file(self) -> None:
        with Daemon('sends_file') as daemon:
            source = (APPS / 'sends_file.py').read_bytes()
            content = bytes(range(256)) * 1000
            taken = {
                '/source': source,
                '/raw': source,
                '/named': content,
                '/unlinked': content[10:],
                '/proxy': source,
                '/part': source[7:27],
                '/begun': source[64:],
            }
            streamed = {'/memory': content, '/packed': content, '/pipe': b'through a pipe'}
            slot = daemon.serving()
            for path, body in {**taken, **streamed}.items():
                with self.subTest(path):
                    answer = slot.get(path)
                    self.assertEqual(answer.body, body)
                    self.assertEqual('FILE' in answer.frames, path in taken)
                    self.assertFalse(answer.failed)
            until('it is closed', lambda: 'closed 1\n' in daemon.log())
            has_system = os.path.exists('/sys/kernel/mm/transparent_hugepage/enabled')
            for path in ('/kernel', '/system') if has_system else ('/kernel',):
                answer = slot.get(path)
                self.assertNotIn('FILE', answer.frames)
                self.assertGreater(len(answer.body), 10)

    def test_file_wrapper_streams_what_the_gateway_cannot_open(self) -> None:
        with Daemon('sends_file') as daemon:
            slot = daemon.serving()
            slot.takes_files = False
            answer = slot.get('/source')
            self.assertEqual(answer.body, (APPS / 'sends_file.py').read_bytes())
            self.assertIn('FILE', answer.frames)

    def test_file_wrapper_of_a_short_or_closed_file_fails(self) -> None:
        with Daemon('sends_file') as daemon:
            slot = daemon.serving()
            for path in ('/short', '/closed'):
                self.assertTrue(slot.get(path).failed, path)
            self.assertEqual(slot.get('/memory').body, bytes(range(256)) * 1000)

    def test_file_wrapper_hears_of_a_client_that_has_gone(self) -> None:
        with Daemon('sends_file') as daemon:
            slot = daemon.serving()
            slot.ask('/proxy')
            self.assertEqual(slot.receive()[0], frames.HEAD)
            self.assertEqual(slot.receive()[0], frames.FILE)
            slot.send(frames.CANCEL)
            slot.send(frames.FILE_TAKEN, b'\0')
            self.assertEqual(slot.receive()[0], frames.END)
            until('it is closed', lambda: 'closed 1\n' in daemon.log())
            self.assertEqual(slot.get('/memory').body, bytes(range(256)) * 1000)

    def test_file_wrapper_streams_behind_a_body_that_is_unread(self) -> None:
        with Daemon('sends_file') as daemon:
            slot = daemon.serving()
            slot.ask('/source', method='POST', has_body=True)
            slot.send_body(b'x' * 100_000, b'y' * 100_000)
            self.assertNotIn('FILE', slot.answer().frames)

    def test_file_wrapper_finds_the_word_behind_what_was_sent_ahead(self) -> None:
        with Daemon('sends_file') as daemon:
            slot = daemon.serving()
            slot.ask('/source')
            slot.ask('/source', ahead=True)
            self.assertIn('FILE', slot.answer().frames)
            self.assertIn('FILE', slot.answer().frames)

    def test_bytes_like_objects_are_taken(self) -> None:
        expected = {
            'bytearray': [b'one'],
            'memoryview': [b'one', b',two'],
            'array': [b'ab', b'c'],
            'whole': [b'whole'],
            'whole-view': [b'whole'],
            'write': [b'written'],
        }
        with Daemon('yields_bytes_like') as daemon:
            slot = daemon.serving()
            for how, chunks in expected.items():
                with self.subTest(how):
                    self.assertEqual(slot.get(f'/?{how}').chunks, chunks)

    def test_status_alone_gets_its_reason(self) -> None:
        with Daemon('answers_status') as daemon:
            slot = daemon.serving()
            self.assertEqual(slot.get('/?404').status, '404 Not Found')
            self.assertEqual(slot.get('/?299').status, '299 Unknown')
            self.assertEqual(slot.get('/?304').frames, ['ANSWER'])
            head = slot.get('/?200%20OK', method='HEAD')
            self.assertEqual((head.frames, head.failed), (['ANSWER'], False))

    def test_exc_info_replaces_the_head_until_it_is_sent(self) -> None:
        with Daemon('uses_exc_info') as daemon:
            slot = daemon.serving()
            early = slot.get('/?early')
            self.assertEqual(
                (early.status, early.body, early.failed), ('500 Oops', b'error page', False)
            )
            late = slot.get('/?late')
            self.assertEqual((late.status, late.body, late.failed), ('200 OK', b'sent', True))
            self.assertIn('ValueError: the reason', daemon.log())


class BrokenRules(unittest.TestCase):
    def test_in_the_head_fail_before_anything_is_sent(self) -> None:
        rules = [
            'newline-in-value',
            'nul-in-value',
            'newline-in-name',
            'newline-in-status',
            'space-in-name',
            'empty-name',
            'not-latin',
            'bytes-value',
            'bytes-status',
            'tuple-of-headers',
            'list-as-header',
            'status-word',
            'status-100',
            'bad-length',
            'none',
            'str',
            'no-start',
            'twice',
            'short',
            'write-str',
        ]
        with Daemon('breaks_rules') as daemon:
            slot = daemon.serving()
            for rule in rules:
                with self.subTest(rule):
                    answer = slot.get(f'/?{rule}')
                    self.assertEqual((answer.frames, answer.failed), (['END'], True))
            self.assertEqual(slot.get('/?fine').body, b'fine')
            lines = daemon.log().splitlines()
            reports = [
                line for line in lines if line.startswith('reeve: worker 1:') and 'GET /' in line
            ]
            self.assertEqual(len(reports), len(rules))

    def test_body_is_never_silently_short(self) -> None:
        with Daemon('breaks_rules') as daemon:
            answer = daemon.serving().get('/?short-stream')
            self.assertEqual((answer.body, answer.failed), (b'12345678', True))
            self.assertIn('8 of the 10 bytes', daemon.log())

    def test_excess_is_cut_and_said(self) -> None:
        with Daemon('breaks_rules') as daemon:
            answer = daemon.serving().get('/?long')
            self.assertEqual((answer.body, answer.failed), (b'1234', False))
            until('the line is in the log', lambda: 'longer than Content-Length' in daemon.log())

    def test_of_connection_headers_close_is_passed_on_and_the_rest_left_out_and_said(self) -> None:
        with Daemon('breaks_rules') as daemon:
            slot = daemon.serving()
            expected = [('Content-Type', 'text/html'), ('Connection', 'close')]
            self.assertEqual(slot.get('/?fine').headers, expected)
            slot.get('/?fine')
            self.assertEqual(daemon.log().count('sets the header Transfer-Encoding;'), 1)
            self.assertNotIn('sets the header Connection', daemon.log())


class Endings(unittest.TestCase):
    def ended(self, slot: Slot, how: str) -> Answer:
        return slot.get(f'/?{how}')

    def test_close_is_called_exactly_once_in_every_ending(self) -> None:
        endings = {
            'fine': (['HEAD', 'DATA', 'DATA', 'DATA', 'END'], False),
            'raises-first': (['END'], True),
            'raises-later': (['HEAD', 'DATA', 'END'], True),
            'exits': (['HEAD', 'DATA', 'END'], True),
            'str': (['END'], True),
            'no-start': (['END'], True),
            'close-raises': (['HEAD', 'DATA', 'DATA', 'DATA', 'END'], False),
        }
        with Daemon('counts_closes') as daemon:
            slot = daemon.serving()
            for number, (how, expected) in enumerate(endings.items(), 1):
                with self.subTest(how):
                    answer = slot.get(f'/?{how}')
                    self.assertEqual((answer.frames, answer.failed), expected)
                    self.assertEqual(slot.get('/count').body, str(number).encode())
            self.assertIn('RuntimeError: in close', daemon.log())

    def test_cancel_closes_the_iterator_of_an_endless_body(self) -> None:
        with Daemon('counts_closes') as daemon:
            slot = daemon.serving()
            slot.ask('/?endless')
            slot.receive()
            slot.send(frames.CANCEL)
            self.assertTrue(slot.answer().failed)
            self.assertEqual(slot.get('/count').body, b'1')
            self.assertEqual(daemon.log(), '')

    def test_cancel_closes_the_iterator_of_a_body_that_stays_empty(self) -> None:
        with Daemon('counts_closes') as daemon:
            slot = daemon.serving()
            slot.ask('/?empty')
            slot.send(frames.CANCEL)
            self.assertTrue(slot.answer().failed)
            self.assertEqual(slot.get('/count').body, b'1')
            self.assertEqual(daemon.log(), '')

    def test_cancel_makes_write_raise_and_costs_no_traceback(self) -> None:
        with Daemon('uses_write') as daemon, tempfile.TemporaryDirectory() as folder:
            slot = daemon.serving()
            gate = os.path.join(folder, 'gate')
            slot.ask(f'/?{gate}')
            self.assertEqual([slot.receive()[0] for _ in range(2)], [frames.HEAD, frames.DATA])
            slot.send(frames.CANCEL)
            open(gate, 'w').close()
            self.assertTrue(slot.answer().failed)
            self.assertEqual(daemon.log(), 'write() raised OSError\n')

    def test_cancel_that_crosses_the_end_means_nothing(self) -> None:
        with Daemon('says_hello') as daemon:
            slot = daemon.serving()
            slot.get('/')
            slot.send(frames.CANCEL)
            self.assertEqual(slot.get('/').body, b'hello')

    def test_an_exception_costs_its_request_and_its_traceback_starts_in_the_application(
        self,
    ) -> None:
        with Daemon('ends_itself') as daemon:
            slot = daemon.serving()
            for how in ('exit', 'interrupt', 'raise'):
                self.assertEqual(slot.get(f'/p?{how}').frames, ['END'])
            self.assertEqual(slot.get('/').body, b'alive')
            log = daemon.log()
        said = r'reeve: worker 1: exception in GET /p \(request [0-9a-f]{32}\)\nTraceback'
        self.assertEqual(len(re.findall(said, log)), 3)
        self.assertIn('RuntimeError: not today', log)
        self.assertNotIn('reeve_worker', log)

    def test_the_gateway_is_told_the_id_that_was_logged_and_how_the_request_failed(self) -> None:
        with Daemon('ends_itself') as daemon:
            slot = daemon.serving()
            made, _, failure = slot.get('/p?raise').note.partition(' ')
            self.assertRegex(failure, r'^RuntimeError: not today, in \S*ends_itself\.py:\d+ in ')
            self.assertIn(f'(request {made})', daemon.log())
            self.assertEqual(slot.get('/').note, '')
            given = 'from-proxy'
            self.assertTrue(slot.get('/p?raise', HTTP_X_REQUEST_ID=given).note.startswith('from-proxy RuntimeError'))
            self.assertIn('(request from-proxy)', daemon.log())
            for bad in ('two words', '<b>', 'x' * 129):
                note = slot.get('/p?raise', HTTP_X_REQUEST_ID=bad).note
                self.assertRegex(note, r'^[0-9a-f]{32} RuntimeError')


class Validator(unittest.TestCase):
    def test_of_wsgiref_is_content_with_every_application(self) -> None:
        paths = {
            'says_hello': '/',
            'echoes_environ': '/a?b',
            'echoes_body': '/?sizes',
            'streams_slowly': '/?/',
            'counts_closes': '/?fine',
            'uses_exc_info': '/?early',
            'uses_write': '/',
            'answers_status': '/?204%20No%20Content',
            'ends_itself': '/',
            'tells_its_thread': '/',
        }
        for app, path in paths.items():
            with self.subTest(app), Daemon('validated', argv=[app]) as daemon:
                slot = daemon.serving()
                slot.ask(path, method='POST', has_body=True, HTTP_HOST='test', CONTENT_LENGTH='3')
                slot.send_body(b'abc')
                self.assertFalse(slot.answer().failed)
                self.assertFalse(slot.get(path).failed)
                self.assertEqual(daemon.log(), '')


if __name__ == '__main__':
    unittest.main()
