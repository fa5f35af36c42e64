"""http-auto-gzip: what is compressed, and what is left alone."""

from __future__ import annotations

import gzip
import unittest
from typing import Any, Iterator

from fake_peers import until

from reeve_worker.loading.auto_gzip import compressing, is_marked, takes_gzip

MARK = ('uWSGI-Encoding', 'gzip')


class Client:
    """Calls an application as the shim does."""

    def __init__(self, application: Any, accepts: str = 'gzip', method: str = 'GET') -> None:
        environ = {'REQUEST_METHOD': method, 'HTTP_ACCEPT_ENCODING': accepts}
        self.headers: list[tuple[str, str]] = []
        self.pieces: list[bytes] = []
        body = compressing(application)(environ, self._start)
        self.pieces += body
        self.body = body

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.headers = headers
        return self.pieces.append

    @property
    def text(self) -> bytes:
        return b''.join(self.pieces)


def marked(environ: dict[str, str], start_response: Any) -> list[bytes]:
    start_response('200 OK', [MARK])
    return [b'one ', b'two']


class Compressed(unittest.TestCase):
    def test_is_what_is_marked_and_can_be_read_piece_by_piece(self) -> None:
        client = Client(marked)
        self.assertIn(('Content-Encoding', 'gzip'), client.headers)
        self.assertEqual(gzip.decompress(client.text), b'one two')
        self.assertEqual(len(client.pieces), 3)

    def test_is_a_generator_that_begins_late(self) -> None:
        def late(environ: dict[str, str], start_response: Any) -> Iterator[bytes]:
            start_response('200 OK', [MARK])
            yield b'late'

        self.assertEqual(gzip.decompress(Client(late).text), b'late')

    def test_is_what_write_is_given(self) -> None:
        def writes(environ: dict[str, str], start_response: Any) -> list[bytes]:
            write = start_response('200 OK', [MARK])
            write(b'written ')
            return [b'returned']

        self.assertEqual(gzip.decompress(Client(writes).text), b'written returned')

    def test_is_an_empty_body_too(self) -> None:
        def empty(environ: dict[str, str], start_response: Any) -> list[bytes]:
            start_response('200 OK', [MARK])
            return []

        self.assertEqual(gzip.decompress(Client(empty).text), b'')

    def test_closes_what_the_application_returned(self) -> None:
        closed: list[bool] = []

        class Body:
            def __iter__(self) -> Iterator[bytes]:
                return iter([b'body'])

            def close(self) -> None:
                closed.append(True)

        def application(environ: dict[str, str], start_response: Any) -> Body:
            start_response('200 OK', [MARK])
            return Body()

        Client(application).body.close()
        until('it is closed', lambda: closed)
        self.assertEqual(closed, [True])


class LeftAlone(unittest.TestCase):
    def test_is_what_the_client_does_not_take(self) -> None:
        for accepts in ('', 'br', 'gzip;q=0', 'gzip; q=0.0, *', 'identity'):
            with self.subTest(accepts):
                self.assertEqual(Client(marked, accepts).text, b'one two')

    def test_is_a_response_to_head(self) -> None:
        self.assertEqual(Client(marked, method='HEAD').headers, [MARK])

    def test_is_what_is_not_marked(self) -> None:
        def plain(environ: dict[str, str], start_response: Any) -> Iterator[bytes]:
            start_response('200 OK', [('Content-Type', 'text/plain')])
            yield b'plain'

        self.assertEqual(Client(plain).text, b'plain')

    def test_is_what_has_a_length_or_an_encoding_or_no_whole_body(self) -> None:
        self.assertTrue(is_marked('200 OK', [('UWSGI-ENCODING', 'GZIP')]))
        self.assertFalse(is_marked('200 OK', [MARK, ('content-length', '3')]))
        self.assertFalse(is_marked('200 OK', [MARK, ('Content-Encoding', 'br')]))
        self.assertFalse(is_marked('200 OK', [('uWSGI-Encoding', 'br')]))
        for status in ('204 No Content', '206 Partial Content', '304 Not Modified'):
            self.assertFalse(is_marked(status, [MARK]))

    def test_accepted_are_the_forms_that_clients_send(self) -> None:
        for accepts in ('gzip', 'deflate, gzip;q=1.0, *;q=0.5', 'x-gzip', '*', 'GZIP;q=0.001'):
            with self.subTest(accepts):
                self.assertTrue(takes_gzip(accepts))


if __name__ == '__main__':
    unittest.main()
