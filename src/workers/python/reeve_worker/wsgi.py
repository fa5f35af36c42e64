"""One request: environ, start_response, the body, close() (PEP 3333).

Each chunk that the application yields is handed on before the next is asked for. Only what cannot
delay the client is joined: a head with its first chunk, and the END frame when nothing runs
between.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Any, Callable, Dict, List, Optional, Tuple, Type

from . import log
from . import request_frames as frames
from .request_body import RequestBody
from .response_head import encode_head
from .worker_side import Channel, ClientGone, leave_application_child

# A single chunk up to this size waits for END, to leave with it in one write.
KEPT_MAX_BYTES = 64 * 1024

Environ = dict[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, Optional[TracebackType]]


class BrokenRule(Exception):
    """The application broke a rule of WSGI where no traceback would help."""


class FileWrapper:
    """wsgi.file_wrapper: reads a file in blocks."""

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


class Exchange:
    """What has been promised and sent of one response."""

    def __init__(self, channel: Channel, method: str) -> None:
        self._channel = channel
        self._method = method
        self._head = b''
        self._is_head_sent = False
        self._promised: int | None = None
        self._sent = 0
        self._pending = b''
        self.has_excess = False
        self.is_finished = False

    def start_response(
        self, status: str, headers: list[Any], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """As PEP 3333 has it: the head waits for the first chunk that is not empty."""
        if exc_info:
            try:
                if self._is_head_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # Else this frame and the traceback would hold each other.
        elif self._head:
            raise AssertionError('start_response was called a second time without exc_info')
        self._head, self._promised = encode_head(status, headers, self._method)
        return self.write

    def write(self, chunk: bytes) -> None:
        """Sends a chunk now. Raises OSError when the client has gone."""
        if self._is_head_sent:
            self._channel.check_client()
        before = self._take_head()
        chunk = self._fitting(chunk)
        if chunk:
            self._channel.send_data(before, chunk)
        elif before:
            self._channel.send(before)

    def keep(self, chunk: bytes) -> None:
        """The only chunk, with nothing to run after it: leaves together with END if it is small."""
        if len(chunk) > KEPT_MAX_BYTES:
            return self.write(chunk)
        before = self._take_head()
        chunk = self._fitting(chunk)
        self._pending = before + (frames.encode_frame(frames.DATA, chunk) if chunk else b'')

    def finish_body(self) -> None:
        """No chunk follows: an empty body still has a head. Raises BrokenRule for a short body."""
        if not self._is_head_sent:
            self._pending = self._take_head()
        if self._promised is not None and self._sent < self._promised:
            raise BrokenRule(
                f'the body ended after {self._sent} of the {self._promised} bytes'
                ' that Content-Length promised'
            )
        self.is_finished = True

    def flush(self) -> None:
        """Sends what was kept for END: something that may take long comes before it."""
        if self._pending:
            pending, self._pending = self._pending, b''
            self._channel.send(pending)

    def send_end(self, end: bytes) -> None:
        """Sends END, with what was kept."""
        pending, self._pending = self._pending, b''
        self._channel.send(pending + end)

    def forget_unsent(self) -> None:
        """The response failed: a head that has not left is not sent, and the gateway answers 500.
        """
        self._pending = b''

    def _take_head(self) -> bytes:
        if self._is_head_sent:
            return b''
        if not self._head:
            raise BrokenRule('the application did not call start_response')
        self._is_head_sent = True
        return self._head

    def _fitting(self, chunk: bytes) -> bytes:
        """The part of a chunk that Content-Length leaves room for."""
        if not isinstance(chunk, bytes):
            raise BrokenRule(f'the body must be bytes, not {type(chunk).__name__}: {chunk!r:.80}')
        if self._promised is not None and self._sent + len(chunk) > self._promised:
            self.has_excess = True
            chunk = chunk[: self._promised - self._sent]
        self._sent += len(chunk)
        return chunk


def send_body(result: Iterable[bytes], exchange: Exchange) -> None:
    """Sends what the application returned and closes it, exactly once, however it ends."""
    close = getattr(result, 'close', None)
    try:
        if isinstance(result, bytes):
            result = [result]  # As uWSGI: not byte by byte.
        elif result is None:
            raise BrokenRule('the application returned None, not an iterable of bytes')
        if close is None and isinstance(result, (list, tuple)) and len(result) == 1:
            exchange.keep(result[0])
        else:
            for chunk in result:
                if chunk or not isinstance(chunk, bytes):
                    exchange.write(chunk)
        exchange.finish_body()
        if close is not None:
            exchange.flush()
    finally:
        if close is not None:
            close()


class Answerer:
    """Answers requests with the applications; shared by the slots of a worker."""

    def __init__(
        self, applications: list[Any], base: Environ, worker_name: str, resident: Callable[[], int]
    ) -> None:
        self._applications = applications
        self._base = base
        self._worker_name = worker_name
        self._resident = resident

    def answer(self, channel: Channel, flags: int, payload: bytes) -> None:
        """Runs one request from REQUEST to END. Raises FrameError when the gateway broke a rule."""
        started = time.perf_counter()
        strings = frames.decode_strings(frames.REQUEST, payload)
        channel.begin(flags)
        environ: Environ = dict(zip(strings[1::2], strings[2::2]))
        body = RequestBody(channel)
        environ.update(self._base)
        environ['wsgi.input'] = body
        https = environ.get('HTTPS', '')
        environ['wsgi.url_scheme'] = 'https' if https in ('on', '1') else 'http'
        exchange = Exchange(channel, environ.get('REQUEST_METHOD', ''))
        what = _described(environ)
        outcome = self._run(self._application(strings[0]), environ, exchange, what)
        leave_application_child()
        try:
            if channel.has_body_to_read:
                exchange.flush()
                channel.drop_body()
            body.detach()
            microseconds = int((time.perf_counter() - started) * 1_000_000)
            exchange.send_end(frames.encode_end(outcome, microseconds, self._resident()))
        except ClientGone:
            pass  # The gateway is gone; the slot sees that the channel is closed.

    def _application(self, number: str) -> Any:
        try:
            return self._applications[int(number)]
        except (ValueError, IndexError):
            raise frames.FrameError(f'there is no application number {number!r}') from None

    def _run(
        self, application: Any, environ: Environ, exchange: Exchange, what: Callable[[], str]
    ) -> int:
        """Calls the application; whatever it raises costs this request only."""
        try:
            send_body(application(environ, exchange.start_response), exchange)
        except ClientGone:
            return frames.FAILED
        except BrokenRule as error:
            log.say(f'{self._worker_name}: {what()}: {error}')
        except BaseException as error:
            text = log.format_application_error(error)
            log.write(f'reeve: {self._worker_name}: exception in {what()}\n{text}')
        else:
            if exchange.has_excess:
                excess = 'the body is longer than Content-Length; the rest was cut'
                log.say(f'{self._worker_name}: {what()}: {excess}')
            return frames.COMPLETE
        if exchange.is_finished:
            return frames.COMPLETE  # Only close() failed, when all was sent.
        exchange.forget_unsent()
        return frames.FAILED


def _described(environ: Environ) -> Callable[[], str]:
    """`GET /path`, made only when a line needs it; control characters are escaped."""
    method, target = environ.get('REQUEST_METHOD', '-'), environ.get('REQUEST_URI')
    path = environ.get('PATH_INFO', '') if target is None else target.partition('?')[0]
    return lambda: ascii(f'{method} {path}')[1:-1]
