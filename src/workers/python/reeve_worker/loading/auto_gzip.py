"""http-auto-gzip: compresses the responses that the application marks for it.

The mark is a header, `uWSGI-Encoding: gzip`. The client must take gzip, and the response must have
neither Content-Length nor Content-Encoding, as under uWSGI's router. Each piece can be read by the
client when it comes.
"""

from __future__ import annotations

import zlib
from typing import Any, Callable, Iterator

from ..requests.response import as_bytes

WsgiCallable = Callable[..., Any]

_MARK = 'uwsgi-encoding'
_GZIP_WINDOW_BITS = 31


def compressing(application: WsgiCallable) -> WsgiCallable:
    """The application, with what it marks compressed."""

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        accepted = environ.get('HTTP_ACCEPT_ENCODING', '')
        if environ['REQUEST_METHOD'] == 'HEAD' or not takes_gzip(accepted):
            return application(environ, start_response)
        response = _Response(start_response)
        chunks = application(environ, response.start)
        # One that has not begun is a generator, and decides at its first chunk.
        return chunks if response.is_plain else _Chunks(chunks, response)

    return served


def takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding allows gzip (RFC 9110, 12.5.3): not with `q=0`."""
    weights: dict[str, str] = {}
    for part in accepted.lower().split(','):
        coding, _, parameters = part.partition(';')
        _, _, weight = parameters.partition('q=')
        weights[coding.strip()] = weight.strip()
    weight = weights.get('gzip', weights.get('x-gzip', weights.get('*', '0')))
    return weight == '' or weight.strip('0.') != ''


def is_marked(status: str, headers: list[tuple[str, str]]) -> bool:
    """Whether the body of a response is to be compressed."""
    if status[:3] in ('204', '206', '304'):
        return False
    found = {name.lower(): value for name, value in headers}
    if 'content-length' in found or 'content-encoding' in found:
        return False
    return found.get(_MARK, '').strip().lower() == 'gzip'


class _Response:
    """What start_response was told."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        self._start_response = start_response
        self._has_begun = False
        self.gzip: Any = None

    @property
    def is_plain(self) -> bool:
        """It has begun, and is not compressed."""
        return self._has_begun and self.gzip is None

    def start(self, status: str, headers: list[Any], exc_info: Any = None) -> Any:
        """The start_response that the application gets."""
        is_for_gzip = is_marked(status, headers)
        if is_for_gzip:
            headers = [*headers, ('Content-Encoding', 'gzip'), ('Vary', 'Accept-Encoding')]
        write = self._start_response(status, headers, exc_info)
        self._has_begun = True
        self.gzip = zlib.compressobj(wbits=_GZIP_WINDOW_BITS) if is_for_gzip else None
        if not is_for_gzip:
            return write
        return lambda chunk: write(self.compress(chunk))

    def compress(self, chunk: Any) -> bytes:
        """A chunk as it is sent."""
        if self.gzip is None:
            return as_bytes(chunk)
        data = as_bytes(chunk)
        compressed: bytes = self.gzip.compress(data)
        flushed: bytes = self.gzip.flush(zlib.Z_SYNC_FLUSH) if data else b''
        return compressed + flushed

    def end(self) -> bytes:
        """The last bytes."""
        gzip, self.gzip = self.gzip, None
        return b'' if gzip is None else gzip.flush()


class _Chunks:
    """The body that the application returned, compressed chunk by chunk."""

    def __init__(self, chunks: Any, response: _Response) -> None:
        self._chunks = chunks
        self._iterator = iter(chunks)
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._iterator)
        except StopIteration:
            end = self._response.end()
            if end:
                return end
            raise
        return self._response.compress(chunk)

    def close(self) -> None:
        """As PEP 3333 asks for, whatever has happened."""
        close = getattr(self._chunks, 'close', None)
        if close is not None:
            close()
