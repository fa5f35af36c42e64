"""One request: environ, the call of the application, its body, close() (PEP 3333)."""

from __future__ import annotations

import resource
import time
from _thread import get_ident
from collections.abc import Iterable
from types import CoroutineType
from typing import Any, Callable

from .. import leaving
from ..loading.absent import NotLoaded
from ..output import application_output, exception_page, log, running_request
from ..own_descriptors import own
from ..state.scoreboard import AVERAGE, BUSY, EXCEPTIONS, MICROSECONDS, REQUESTS, SENT
from ..uwsgi_module.here import Here, run_hook
from ..uwsgi_module.requests import send_metrics, send_note
from . import request_frames as frames
from .channel import Channel, ClientGone, leave_application_child
from .file_part import FileWrapper
from .resident import ResidentMemory
from .response import BrokenRule, Response, as_bytes

Environ = dict[str, Any]

# One request of so many is watched for whether it waits.
_WATCH_EVERY = 8
# Bytes of a body that are read at once: at least, and where all of it is wanted.
_READ_BYTES = 64 * 1024
_ALL_READ_BYTES = 1 << 20


class Answerer:
    """Answers requests with the applications; shared by the slots of a worker."""

    def __init__(
        self,
        applications: list[Any],
        base: Environ,
        worker_name: str,
        here: Here,
        raised: Callable[[BaseException], None] | None = None,
        *,
        shows_exceptions: bool = False,
    ) -> None:
        self._applications = {str(number): each for number, each in enumerate(applications)}
        self._base = {**base, 'wsgi.url_scheme': 'http'}
        self._worker_name = worker_name
        self._raised = raised
        self._shows_exceptions = shows_exceptions
        self._row = here.scoreboard.row
        self._hooks = vars(here.module)
        self._resident = ResidentMemory()
        self._answered = 0
        self._log_metrics = here.settings.log_metrics

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
        running_request.runs[thread] = (environ, channel, response, body, started)
        row = self._row
        row[BUSY] += 1
        outcome = self._run(application, environ, response, payload)
        waiting = _waiting_since(before)
        if 'after_req_hook' in self._hooks:
            self._run_hook(response)
        if self._log_metrics:
            send_metrics(self._hooks['metric_get'], self._log_metrics, channel)
        if own.in_application_child:
            leave_application_child()
        if running_request.notes:
            send_note(running_request.notes.pop(thread, None), channel)
        running_request.runs.pop(thread, None)
        if application_output.begun:
            application_output.end_of_request()
        body.detach()
        ended = time.perf_counter()
        microseconds = int((ended - started) * 1_000_000)
        if row[BUSY]:
            row[BUSY] -= 1
        row[REQUESTS] += 1
        row[MICROSECONDS] += microseconds
        row[SENT] += response.sent
        row[AVERAGE] = (row[AVERAGE] + microseconds) // 2  # As uWSGI has it.
        try:
            resident = self._resident
            if ended >= resident.due_at:
                resident.read(ended)
            response.send_end(outcome, microseconds, resident.bytes, waiting)
        except ClientGone:
            pass  # The gateway is gone; the slot sees that the channel is closed.

    def _run_hook(self, response: Response) -> None:
        """uwsgi.after_req_hook: the client has what was sent, and does not wait for it."""
        try:
            response.flush()
        except ClientGone:
            pass
        run_hook(self._hooks.get('after_req_hook'), 'after_req_hook', self._worker_name)

    def _run(self, application: Any, environ: Environ, response: Response, payload: bytes) -> int:
        """Calls the application; whatever it raises costs this request only."""
        try:
            _send_body(application(environ, response.start_response), response)
        except ClientGone:
            return frames.FAILED
        except NotLoaded:
            pass  # It is in the log since then; the gateway answers 500.
        except BrokenRule as error:
            sentence = f'{self._worker_name}: {_described(payload)}: {error}'
            running_request.note_failure(str(error))
            log.say(sentence, 'application.misbehaved', running_request.fields())
        except BaseException as error:
            if own.in_application_child and issubclass(type(error), SystemExit):
                leaving.leave(leaving.exit_code(error))
            text = log.format_application_error(error)
            number = running_request.note_failure(log.error_in_words(error))
            headline = f'{self._worker_name}: exception in {_described(payload)} (request {number})'
            more = running_request.fields() + log.error_fields(error)
            log.report('application.raised', headline, text, more)
            self._row[EXCEPTIONS] += 1
            if self._raised is not None:
                self._raised(error)
            if self._shows_exceptions and _show(error, payload, response):
                return frames.COMPLETE
        else:
            if response.has_excess:
                excess = 'the body is longer than Content-Length; the rest was cut'
                sentence = f'{self._worker_name}: {_described(payload)}: {excess}'
                log.say(sentence, 'application.misbehaved', running_request.fields())
            return frames.COMPLETE
        if response.is_finished:
            return frames.COMPLETE  # Only close() failed, when all was sent.
        response.forget_unsent()
        return frames.FAILED


def _show(error: BaseException, payload: bytes, response: Response) -> bool:
    """catch-exceptions: the client is answered with the exception; False where it cannot be."""
    if response.is_finished or not response.forget_unsent():
        return False
    _, environ = frames.decode_request(payload)
    page = exception_page.page_of(error, _described(payload), environ)
    headers = exception_page.headers_for(page)
    response.start_response(exception_page.STATUS, headers, (type(error), error, None))
    response.keep(page)
    return True


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


class RequestBody:
    """A stream that ends where the body ends (wsgi.input_terminated).

    Its methods raise OSError when the client went away before the whole body came.
    """

    __slots__ = ('_channel', '_unread', '_at')

    def __init__(self, channel: Channel) -> None:
        self._channel: Channel | None = channel
        # Read from the channel, and how much of it the application has had.
        self._unread = b''
        self._at = 0

    def detach(self) -> None:
        """The request is over: whoever kept this object reads an end, no later body."""
        self._channel = None
        self._unread = b''
        self._at = 0

    def read(self, size: int | None = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end; all of them without a size."""
        wanted = None if size is None or size < 0 else size
        part = self._held(wanted)
        have = len(part)
        if have == wanted:
            return part
        parts = [part] if part else []
        while wanted is None or have < wanted:
            # A little more is read where little is wanted, for the next time.
            part = self._next(_ALL_READ_BYTES if wanted is None else wanted - have)
            if not part:
                break
            if wanted is not None and have + len(part) > wanted:
                self._unread, self._at = part, wanted - have
                part = part[: self._at]
            parts.append(part)
            have += len(part)
        return parts[0] if len(parts) == 1 else b''.join(parts)

    def read1(self, size: int | None = -1) -> bytes:
        """What has come, at most `size` bytes; waits only for the first. Empty at the end."""
        if size == 0:
            return b''
        wanted = None if size is None or size < 0 else size
        if not self._has_held:
            self._unread, self._at = self._next(_ALL_READ_BYTES if wanted is None else wanted), 0
        return self._held(wanted)

    def readline(self, size: int | None = -1) -> bytes:
        """Up to and with the next newline, at most `size` bytes; empty at the end."""
        limit = None if size is None or size < 0 else size
        parts: list[bytes] = []
        have = 0
        while limit is None or have < limit:
            if not self._has_held:
                self._unread, self._at = self._next(), 0
                if not self._unread:
                    break
            newline = self._unread.find(b'\n', self._at)
            end = len(self._unread) if newline < 0 else newline + 1
            wanted = end - self._at
            part = self._held(wanted if limit is None else min(wanted, limit - have))
            parts.append(part)
            have += len(part)
            if newline >= 0 and len(part) == wanted:
                break
        return parts[0] if len(parts) == 1 else b''.join(parts)

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

    @property
    def _has_held(self) -> bool:
        return self._at < len(self._unread)

    def _held(self, wanted: int | None) -> bytes:
        """What was read and the application has not had, at most `wanted`."""
        start = self._at
        held = len(self._unread) - start
        if wanted is None or held <= wanted:
            part = self._unread[start:]
            self._unread, self._at = b'', 0
            return part
        self._at = start + wanted
        return self._unread[start : self._at]

    def _next(self, wanted: int = _READ_BYTES) -> bytes:
        """The next part, empty at the end; somewhat more than wanted where that is little."""
        if self._channel is None:
            return b''
        return self._channel.next_body(max(wanted, _READ_BYTES)) or b''


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


def _described(payload: bytes) -> str:
    """`GET /path` as it came: the application may have changed its environ since.

    Control characters are escaped.
    """
    _, environ = frames.decode_request(payload)
    method, target = environ.get('REQUEST_METHOD', '-'), environ.get('REQUEST_URI')
    path = environ.get('PATH_INFO', '') if target is None else target.partition('?')[0]
    return ascii(f'{method} {path}')[1:-1]
