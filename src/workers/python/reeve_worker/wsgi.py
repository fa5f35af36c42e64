"""One request: environ, the call of the application, its body, close() (PEP 3333)."""

from __future__ import annotations

import os
import resource
import time
from _thread import get_ident
from collections.abc import Iterable
from types import CoroutineType
from typing import IO, Any, Callable

from . import leaving, log
from . import request_frames as frames
from .channel import Channel, ClientGone, leave_application_child
from .output import application_output, running_request
from .own_descriptors import own
from .response import BrokenRule, Response, as_bytes

Environ = dict[str, Any]

# One request of so many is watched for whether it waits.
_WATCH_EVERY = 8
_RESIDENT_EVERY_SECONDS = 1.0
_PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')


class Answerer:
    """Answers requests with the applications; shared by the slots of a worker."""

    def __init__(
        self,
        applications: list[Any],
        base: Environ,
        worker_name: str,
        raised: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._applications = {str(number): each for number, each in enumerate(applications)}
        self._base = {**base, 'wsgi.url_scheme': 'http'}
        self._worker_name = worker_name
        self._raised = raised
        self._resident = _ResidentMeter()
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
        if environ.get('HTTPS') in ('on', '1') and environ.get('UWSGI_SCHEME') != 'http':
            environ['wsgi.url_scheme'] = 'https'
        response = Response(channel, environ.get('REQUEST_METHOD', ''))
        self._answered += 1  # Two threads may count one for both: it need not be exact.
        before = _waits_so_far() if self._answered % _WATCH_EVERY == 0 else 0
        thread = get_ident()
        running_request.environs[thread] = environ
        outcome = self._run(application, environ, response, payload)
        waiting = _waiting_since(before)
        if own.in_application_child:
            leave_application_child()
        running_request.environs.pop(thread, None)
        if application_output.begun:
            application_output.end_of_request()
        body.detach()
        ended = time.perf_counter()
        microseconds = int((ended - started) * 1_000_000)
        try:
            resident = self._resident.bytes_at(ended)
            response.send_end(outcome, microseconds, resident, waiting)
        except ClientGone:
            pass  # The gateway is gone; the slot sees that the channel is closed.

    def _run(self, application: Any, environ: Environ, response: Response, payload: bytes) -> int:
        """Calls the application; whatever it raises costs this request only."""
        try:
            _send_body(application(environ, response.start_response), response)
        except ClientGone:
            return frames.FAILED
        except BrokenRule as error:
            sentence = f'{self._worker_name}: {_described(payload)}: {error}'
            log.say(sentence, 'application.misbehaved', running_request.fields_of(environ))
        except BaseException as error:
            if own.in_application_child and issubclass(type(error), SystemExit):
                leaving.leave(leaving.exit_code(error))
            text = log.format_application_error(error)
            headline = f'{self._worker_name}: exception in {_described(payload)}'
            more = running_request.fields_of(environ) + log.error_fields(error)
            log.report('application.raised', headline, text, more)
            if self._raised is not None:
                self._raised(error)
        else:
            if response.has_excess:
                excess = 'the body is longer than Content-Length; the rest was cut'
                sentence = f'{self._worker_name}: {_described(payload)}: {excess}'
                more = running_request.fields_of(environ)
                log.say(sentence, 'application.misbehaved', more)
            return frames.COMPLETE
        if response.is_finished:
            return frames.COMPLETE  # Only close() failed, when all was sent.
        response.forget_unsent()
        return frames.FAILED


def _send_body(result: Iterable[bytes], response: Response) -> None:
    """Sends what the application returned and closes it, exactly once, however it ends."""
    close = getattr(result, 'close', None)
    try:
        if isinstance(result, (bytes, bytearray, memoryview)):
            result = [result]  # As uWSGI: not byte by byte.
        elif result is None:
            raise BrokenRule('the application returned None, not an iterable of bytes')
        if type(result) is FileWrapper and response.send_file(result.file):
            pass
        elif close is None and isinstance(result, (list, tuple)) and len(result) == 1:
            response.keep(result[0])
        elif type(result) is CoroutineType:
            raise BrokenRule('the application returned a coroutine: ASGI is not supported yet')
        else:
            for chunk in result:
                if type(chunk) is not bytes:
                    chunk = as_bytes(chunk)
                if chunk:
                    response.send_chunk(chunk)
                else:
                    response.check_client()
        response.finish_body()
        if close is not None:
            response.flush()
    finally:
        if close is not None:
            close()


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


class RequestBody:
    """A stream that ends where the body ends (wsgi.input_terminated).

    Its methods raise OSError when the client went away before the whole body came.
    """

    __slots__ = ('_channel', '_unread')

    def __init__(self, channel: Channel) -> None:
        self._channel: Channel | None = channel
        self._unread = b''

    def detach(self) -> None:
        """The request is over: whoever kept this object reads an end, no later body."""
        self._channel = None
        self._unread = b''

    def read(self, size: int | None = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end; all of them without a size."""
        wanted = None if size is None or size < 0 else size
        parts, have = [self._unread], len(self._unread)
        while wanted is None or have < wanted:
            part = self._next()
            if not part:
                break
            parts.append(part)
            have += len(part)
        data = b''.join(parts)
        if wanted is None:
            wanted = have
        self._unread = data[wanted:]
        return data[:wanted]

    def read1(self, size: int | None = -1) -> bytes:
        """What has come, at most `size` bytes; waits only for the first. Empty at the end."""
        if size == 0:
            return b''
        data = self._unread or self._next()
        end = len(data) if size is None or size < 0 else size
        self._unread = data[end:]
        return data[:end]

    def readline(self, size: int | None = -1) -> bytes:
        """Up to and with the next newline, at most `size` bytes; empty at the end."""
        limit = None if size is None or size < 0 else size
        searched = 0
        while True:
            newline = self._unread.find(b'\n', searched)
            end = newline + 1 if newline >= 0 else len(self._unread)
            if limit is not None and (end >= limit or newline >= 0):
                end = min(end, limit)
                break
            if newline >= 0:
                break
            searched = len(self._unread)
            part = self._next()
            if not part:
                break
            self._unread += part
        line, self._unread = self._unread[:end], self._unread[end:]
        return line

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """All lines, or lines of together at least `hint` bytes."""
        lines: list[bytes] = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def close(self) -> None:
        """Nothing: the body is the worker's."""

    def __iter__(self) -> RequestBody:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _next(self) -> bytes:
        """The next part, empty at the end."""
        return b'' if self._channel is None else self._channel.next_body() or b''


def _waits_so_far() -> int:
    """How often this thread has waited; 0 where the system does not count it.

    The kernel counts how often a thread gave up the processor by itself: for a database, a file, a
    lock. Asking costs more than a short request should pay, so it is done for some of them.
    """
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def _waiting_since(before: int) -> int:
    """What END says, of a request before which the thread had waited so often (0: not watched)."""
    if before == 0:
        return frames.UNWATCHED
    return frames.RAN_THROUGH if _waits_so_far() == before else frames.WAITED


class _ResidentMeter:
    """The resident memory of this process, looked up at most once a second."""

    def __init__(self) -> None:
        self._known = 0
        self._look_again_at = 0.0

    def bytes_at(self, now: float) -> int:
        """The bytes at a time of perf_counter; 0 when they are unknown."""
        if now >= self._look_again_at:
            self._look_again_at = now + _RESIDENT_EVERY_SECONDS
            try:
                with open('/proc/self/statm', 'rb') as statm:
                    self._known = int(statm.read().split()[1]) * _PAGE_BYTES
            except OSError:
                self._known = 0  # The application may have used up its descriptors.
        return self._known


def _described(payload: bytes) -> str:
    """`GET /path` as it came: the application may have changed its environ since.

    Control characters are escaped.
    """
    _, environ = frames.decode_request(payload)
    method, target = environ.get('REQUEST_METHOD', '-'), environ.get('REQUEST_URI')
    path = environ.get('PATH_INFO', '') if target is None else target.partition('?')[0]
    return ascii(f'{method} {path}')[1:-1]
