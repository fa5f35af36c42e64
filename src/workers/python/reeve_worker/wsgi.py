"""One request: environ, the call of the application, its body, close() (PEP 3333)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import IO, Any, Callable

from . import log
from . import request_frames as frames
from .response import BrokenRule, Exchange, as_bytes
from .own_descriptors import own
from .request_body import RequestBody
from .waits import WATCH_EVERY, waiting_since, waits_so_far
from .channel import Channel, ClientGone, leave_application_child

Environ = dict[str, Any]


class FileWrapper:
    """wsgi.file_wrapper: sent by the gateway where it can be, else read in blocks."""

    def __init__(self, file: IO[bytes], block_size: int = 32768) -> None:
        self.file = file
        self.block_size = block_size

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        block = self.file.read(self.block_size)
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """Closes the file, if it can be closed."""
        close = getattr(self.file, 'close', None)
        if close is not None:
            close()


def send_body(result: Iterable[bytes], exchange: Exchange) -> None:
    """Sends what the application returned and closes it, exactly once, however it ends."""
    close = getattr(result, 'close', None)
    try:
        if isinstance(result, (bytes, bytearray, memoryview)):
            result = [result]  # As uWSGI: not byte by byte.
        elif result is None:
            raise BrokenRule('the application returned None, not an iterable of bytes')
        if type(result) is FileWrapper and exchange.send_file(result.file):
            pass
        elif close is None and isinstance(result, (list, tuple)) and len(result) == 1:
            exchange.keep(result[0])
        else:
            for chunk in result:
                if type(chunk) is not bytes:
                    chunk = as_bytes(chunk)
                if chunk:
                    exchange.send_chunk(chunk)
        exchange.finish_body()
        if close is not None:
            exchange.flush()
    finally:
        if close is not None:
            close()


class Answerer:
    """Answers requests with the applications; shared by the slots of a worker."""

    def __init__(
        self,
        applications: list[Any],
        base: Environ,
        worker_name: str,
        resident: Callable[[float], int],
    ) -> None:
        """`resident` gives the resident bytes at a time of perf_counter."""
        self._applications = {str(number): each for number, each in enumerate(applications)}
        self._base = {**base, 'wsgi.url_scheme': 'http'}
        self._worker_name = worker_name
        self._resident = resident
        self._answered = 0

    def answer(self, channel: Channel, flags: int, payload: bytes) -> None:
        """Runs one request from REQUEST to END. Raises FrameError when the gateway broke a rule."""
        started = time.perf_counter()
        number, environ = frames.decode_request(payload)
        application = self._applications.get(number)
        if application is None:
            raise frames.FrameError(f'there is no application number {number!r}')
        channel.begin(flags)
        body = RequestBody(channel)
        environ.update(self._base)
        environ['wsgi.input'] = body
        if environ.get('HTTPS') in ('on', '1'):
            environ['wsgi.url_scheme'] = 'https'
        exchange = Exchange(channel, environ.get('REQUEST_METHOD', ''))
        self._answered += 1  # Two threads may count one for both: it need not be exact.
        before = waits_so_far() if self._answered % WATCH_EVERY == 0 else 0
        outcome = self._run(application, environ, exchange, payload)
        waiting = waiting_since(before)
        if own.in_application_child:
            leave_application_child()
        body.detach()
        ended = time.perf_counter()
        microseconds = int((ended - started) * 1_000_000)
        try:
            resident = self._resident(ended)
            exchange.send_end(frames.encode_end(outcome, microseconds, resident, waiting))
        except ClientGone:
            pass  # The gateway is gone; the slot sees that the channel is closed.

    def _run(self, application: Any, environ: Environ, exchange: Exchange, payload: bytes) -> int:
        """Calls the application; whatever it raises costs this request only."""
        try:
            send_body(application(environ, exchange.start_response), exchange)
        except ClientGone:
            return frames.FAILED
        except BrokenRule as error:
            sentence = f'{self._worker_name}: {_described(payload)}: {error}'
            log.say(sentence, 'application.misbehaved', _request_fields(environ))
        except BaseException as error:
            text = log.format_application_error(error)
            headline = f'{self._worker_name}: exception in {_described(payload)}'
            more = _request_fields(environ) + log.error_fields(error)
            log.report('application.raised', headline, text, more)
        else:
            if exchange.has_excess:
                excess = 'the body is longer than Content-Length; the rest was cut'
                sentence = f'{self._worker_name}: {_described(payload)}: {excess}'
                log.say(sentence, 'application.misbehaved', _request_fields(environ))
            return frames.COMPLETE
        if exchange.is_finished:
            return frames.COMPLETE  # Only close() failed, when all was sent.
        exchange.forget_unsent()
        return frames.FAILED


def _described(payload: bytes) -> str:
    """`GET /path` as it came: the application may have changed its environ since.

    Control characters are escaped.
    """
    _, environ = frames.decode_request(payload)
    method, target = environ.get('REQUEST_METHOD', '-'), environ.get('REQUEST_URI')
    path = environ.get('PATH_INFO', '') if target is None else target.partition('?')[0]
    return ascii(f'{method} {path}')[1:-1]


def _request_fields(environ: Environ) -> list[tuple[str, str]]:
    """The request, by the names that the gateway's entries give to it."""
    names = (
        ('REQUEST_METHOD', 'REQUEST_METHOD'),
        ('REQUEST_URI', 'REQUEST_URI'),
        ('REQUEST_ID', 'HTTP_X_REQUEST_ID'),
    )
    return [(field, str(environ[name])) for field, name in names if environ.get(name)]
