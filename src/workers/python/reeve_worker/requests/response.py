"""One response: start_response, its checks, write() and the chunks (PEP 3333).

What a client could be deceived with is refused, with an exception in the application: CR, LF, NUL
and the other controls in a header, a name that is no token, a Content-Length that is no number.

Each chunk that the application yields is handed on before the next is asked for. Only what cannot
delay the client is joined: a head with its first chunk, and with the END when nothing runs
between.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from types import TracebackType
from typing import Any, Callable, Optional

from ..output import log
from . import request_frames as frames
from .channel import Channel
from .file_part import part_of

# A whole response up to this size leaves in one frame, with END too if nothing runs before it.
KEPT_MAX_BYTES = 64 * 1024

_NORMAL, _CONTENT_LENGTH, _LEFT_OUT, _CONNECTION = 0, 1, 2, 3

# The gateway's own business (RFC 9110, 7.6.1): it frames the body and decides on the connection,
# which an application may only have closed (`Connection: close`).
_LEFT_OUT_HEADERS = frozenset(
    ['keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile('[\x00-\x08\x0a-\x1f\x7f]')
_BEYOND_LATIN_1 = re.compile('[^\x00-\xff]')
_CONTROL_BYTES = bytes(byte for byte in range(256) if _CONTROL.match(chr(byte)))
_STATUS = re.compile(r'[2-9][0-9][0-9]( .*)?', re.ASCII)
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_KNOWN_MAX = 1000
_KNOWN_CHARACTERS_MAX = 100

# An application sends few different names and status lines: what was checked is not checked again.
_known_names: dict[str, int] = {}
_known_statuses: dict[str, str] = {}

ExcInfo = tuple[type[BaseException], BaseException, Optional[TracebackType]]


class BrokenRule(Exception):
    """The application broke a rule of WSGI where no traceback would help."""


class Response:
    """What has been promised and sent of one response."""

    __slots__ = (
        '_channel',
        '_method',
        '_head',
        '_is_head_sent',
        '_promised',
        'sent',
        '_kept',
        '_is_over',
        'has_excess',
        'is_finished',
    )

    def __init__(self, channel: Channel, method: str) -> None:
        self._channel = channel
        self._method = method
        self._head = b''
        self._is_head_sent = False
        self._promised: int | None = None
        self.sent = 0
        self._kept: bytes | None = None
        self._is_over = False
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
        if self._is_over:
            raise BrokenRule('write() was called after the response had ended')
        self.send_chunk(as_bytes(chunk))

    def send_chunk(self, chunk: bytes) -> None:
        """As `write`, while the response has not ended."""
        if self._is_head_sent:
            self._channel.check_client()
            chunk = self._fitting(chunk)
            if chunk:
                self._channel.send_data(b'', chunk)
            return
        head = self._take_head()
        chunk = self._fitting(chunk)
        if self.sent == self._promised and len(head) + len(chunk) <= KEPT_MAX_BYTES:
            self._channel.send(frames.encode_response(head, chunk))
        else:
            self._send_first(head, chunk)

    def check_client(self) -> None:
        """Raises OSError when the client has gone: also what sends nothing need not go on."""
        self._channel.check_client()

    def keep(self, chunk: bytes) -> None:
        """The only chunk, with nothing to run after it: leaves together with END if it is small."""
        chunk = as_bytes(chunk)
        if self._is_head_sent:
            return self.send_chunk(chunk)
        head = self._take_head()
        chunk = self._fitting(chunk)
        if len(head) + len(chunk) <= KEPT_MAX_BYTES:
            self._kept = chunk
        else:
            self._send_first(head, chunk)

    def send_file(self, file: object) -> bool:
        """Has the gateway send the file, which may be closed then; False: its bytes are to be sent.

        Raises OSError when the client has gone.
        """
        if self._is_head_sent or not self._head or self._channel.has_body_to_read:
            return False
        part = part_of(file)
        if part is None or (self._promised is not None and part.length < self._promised):
            return False
        length = part.length if self._promised is None else self._promised
        if length == 0:
            return False
        self._is_head_sent = True
        offer = frames.encode_file(part.descriptor, part.start, length)
        head = frames.encode_frame(frames.HEAD, self._head)
        if not self._channel.offer_file(head + offer):
            return False
        self.sent = length
        self.has_excess = part.length > length
        return True

    def finish_body(self) -> None:
        """No chunk follows: an empty body still has a head. Raises BrokenRule for a short body."""
        if self._promised is not None and self.sent < self._promised:
            raise BrokenRule(
                f'the body ended after {self.sent} of the {self._promised} bytes'
                ' that Content-Length promised'
            )
        if not self._is_head_sent:
            self.keep(b'')
        self.is_finished = True

    def flush(self) -> None:
        """Sends what was kept for END: something that may take long comes before it."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            self._is_over = True
            self._channel.send(frames.encode_response(self._head, kept))

    def send_end(self, outcome: int, microseconds: int, resident: int, waiting: int) -> None:
        """Sends END, with what was kept."""
        self._is_over = True
        kept = self._kept
        if kept is None:
            frame = frames.encode_end(outcome, microseconds, resident, waiting)
        else:
            self._kept = None
            frame = frames.encode_answer(
                self._head, kept, outcome, microseconds, resident, waiting
            )
        self._channel.send(frame)

    def forget_unsent(self) -> bool:
        """The response failed: a head that has not left is not sent. True: nothing has left."""
        has_left = self._is_head_sent and self._kept is None
        self._kept, self.sent, self._is_head_sent = None, 0, has_left
        return not has_left

    def _send_first(self, head: bytes, chunk: bytes) -> None:
        """Sends the head and the first chunk of a response that is streamed, or large."""
        before = frames.encode_frame(frames.HEAD, head)
        if chunk:
            self._channel.send_data(before, chunk)
        else:
            self._channel.send(before)

    def _take_head(self) -> bytes:
        if self._is_head_sent:
            return b''
        if not self._head:
            raise BrokenRule('the application did not call start_response')
        self._is_head_sent = True
        return self._head

    def _fitting(self, chunk: bytes) -> bytes:
        """The part of a chunk that Content-Length leaves room for."""
        sent, promised = self.sent + len(chunk), self._promised
        if promised is not None and sent > promised:
            self.has_excess = True
            chunk = chunk[: promised - self.sent]
            sent = promised
        self.sent = sent
        return chunk


def as_bytes(chunk: Any) -> bytes:
    """A chunk, or a copy of one that is bytes-like: a bytearray, a memoryview."""
    if isinstance(chunk, bytes):
        return chunk
    try:
        return bytes(memoryview(chunk))
    except TypeError:
        name = type(chunk).__name__
        raise BrokenRule(f'the body must be bytes, not {name}: {chunk!r:.80}') from None


def encode_head(status: str, headers: list[Any], method: str) -> tuple[bytes, int | None]:
    """A head, and how many bytes of body it promises; None: unknown, or none may follow.

    Raises TypeError or ValueError, which name what the application passed.
    """
    checked_status = _known_statuses.get(status) if type(status) is str else None
    if checked_status is None:
        checked_status = _checked_status(status)
    if not isinstance(headers, list):
        raise TypeError(f'the headers must be a list, not {type(headers).__name__}')
    parts = [checked_status, '\r\n']
    content_length: int | None = None
    for header in headers:
        if type(header) is not tuple or len(header) != 2:
            _demand_pair(header)
        name, value = header
        if type(name) is not str or type(value) is not str:
            _demand_strings(header)
        kind = _known_names.get(name)
        if kind is None:
            kind = _checked_name(name)
        if kind != _NORMAL:
            if kind == _LEFT_OUT:
                continue
            if kind == _CONNECTION:
                if 'close' in [option.strip(' \t') for option in value.lower().split(',')]:
                    parts += ('Connection', ': ', 'close', '\r\n')
                continue
            content_length = _length(value)
        parts += (name, ': ', value, '\r\n')
    if content_length is not None and (
        method == 'HEAD' or checked_status.startswith(('204', '304'))
    ):
        content_length = None
    return _encoded(parts, headers), content_length


def _encoded(parts: list[str], headers: list[Any]) -> bytes:
    """The head; raises ValueError when a character has no place in it.

    The status has two parts, each header four, and the last of them is CRLF.
    """
    try:
        text = ''.join(parts).encode('latin-1')
    except UnicodeEncodeError:
        raise ValueError(_fault(headers)) from None
    # One pass in C over all of it: of the controls there may be a CRLF to each line and no more.
    lines = (len(parts) + 2) // 4
    if len(text) - len(text.translate(None, _CONTROL_BYTES)) != 2 * lines:
        raise ValueError(_fault(headers))
    head = frames.encode_number(lines - 1) + text
    if len(head) > frames.PAYLOAD_MAX:
        raise ValueError(f'the headers are {len(head)} bytes long, more than {frames.PAYLOAD_MAX}')
    return head


def _fault(headers: list[Any]) -> str:
    if any(_CONTROL.search('\t'.join(header)) for header in headers):
        return _naming(headers, _CONTROL, 'has a control character')
    return _naming(headers, _BEYOND_LATIN_1, 'is not latin-1 text')


def _demand_pair(header: object) -> None:
    if not isinstance(header, tuple) or len(header) != 2:
        raise TypeError(f'a header must be a tuple (name, value), not {header!r}')


def _demand_strings(header: tuple[object, object]) -> None:
    if not isinstance(header[0], str) or not isinstance(header[1], str):
        raise TypeError(f'a header must be two str, not {header!r}')


def _checked_status(status: str) -> str:
    if not isinstance(status, str):
        raise TypeError(f'the status must be str, not {type(status).__name__}')
    if not _STATUS.fullmatch(status) or _CONTROL.search(status):
        raise ValueError(f'the status must be like "200 OK", not {status!r}')
    status.encode('latin-1')
    line = status if len(status) > 3 else f'{status} {_REASONS.get(int(status), "Unknown")}'
    if len(_known_statuses) < _KNOWN_MAX and len(line) <= _KNOWN_CHARACTERS_MAX:
        _known_statuses[status] = line
    return line


def _checked_name(name: str) -> int:
    """What kind of header this is; remembered, as an application sends few different names."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f'{name!r} is not a header name')
    lower = name.lower()
    kind = _CONTENT_LENGTH if lower == 'content-length' else _NORMAL
    if lower == 'connection':
        kind = _CONNECTION
    elif lower in _LEFT_OUT_HEADERS:
        kind = _LEFT_OUT
        log.say(
            f'the application sets the header {name}; it is left out, as the gateway decides it',
            'application.misbehaved',
        )
    if len(_known_names) < _KNOWN_MAX:
        _known_names[name] = kind
    return kind


def _length(value: str) -> int:
    if value.isascii() and value.isdigit():
        return int(value)
    raise ValueError(f'Content-Length is not a number: {value!r}')


def _naming(headers: list[object], pattern: re.Pattern[str], what: str) -> str:
    """Finds the header to blame, for the message."""
    for header in headers:
        if isinstance(header, tuple) and pattern.search('\t'.join(header)):
            return f'the header {header[0]} {what}: {header[1]!r}'
    return f'a header {what}'
