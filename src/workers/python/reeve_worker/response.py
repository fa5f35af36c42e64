"""What was promised and sent of one response: start_response, write() and the chunks (PEP 3333).

Each chunk that the application yields is handed on before the next is asked for. Only what cannot
delay the client is joined: a head with its first chunk, and the END frame when nothing runs
between.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Optional

from . import request_frames as frames
from .file_part import part_of
from .response_head import encode_head
from .channel import Channel

# A single chunk up to this size waits for END, to leave with it in one write.
KEPT_MAX_BYTES = 64 * 1024

ExcInfo = tuple[type[BaseException], BaseException, Optional[TracebackType]]


class BrokenRule(Exception):
    """The application broke a rule of WSGI where no traceback would help."""


class Exchange:
    """What has been promised and sent of one response."""

    __slots__ = (
        '_channel',
        '_method',
        '_head',
        '_is_head_sent',
        '_promised',
        '_sent',
        '_pending',
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
        self._sent = 0
        self._pending = b''
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
            before = b''
        else:
            before = self._take_head()
        chunk = self._fitting(chunk)
        if chunk:
            self._channel.send_data(before, chunk)
        elif before:
            self._channel.send(before)

    def keep(self, chunk: bytes) -> None:
        """The only chunk, with nothing to run after it: leaves together with END if it is small."""
        chunk = as_bytes(chunk)
        if len(chunk) > KEPT_MAX_BYTES:
            return self.write(chunk)
        before = self._take_head()
        chunk = self._fitting(chunk)
        self._pending = before + frames.encode_frame(frames.DATA, chunk) if chunk else before

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
        if not self._channel.offer_file(self._head + offer):
            return False
        self._sent = length
        self.has_excess = part.length > length
        return True

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
        self._is_over = True
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
        sent, promised = self._sent + len(chunk), self._promised
        if promised is not None and sent > promised:
            self.has_excess = True
            chunk = chunk[: promised - self._sent]
            sent = promised
        self._sent = sent
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
