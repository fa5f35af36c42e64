"""start_response's arguments, checked, as a HEAD frame.

What a client could be deceived with is refused here, with an exception in the application: CR, LF,
NUL and the other controls in a header, a name that is no token, a Content-Length that is no number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import log
from .request_frames import HEAD, PAYLOAD_MAX, encode_frame

_NORMAL, _CONTENT_LENGTH, _CONNECTION = 0, 1, 2

# The gateway's own business (RFC 9110, 7.6.1): it frames the body and decides on the connection.
_CONNECTION_HEADERS = frozenset(
    [
        'connection',
        'keep-alive',
        'proxy-connection',
        'te',
        'trailer',
        'transfer-encoding',
        'upgrade',
    ]
)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile('[\x00-\x08\x0a-\x1f\x7f]')
_STATUS = re.compile(r'[2-9][0-9][0-9]( .*)?', re.ASCII)
_KNOWN_NAMES_MAX = 1000

_known_names: dict[str, int] = {}


class ResponseHead(NamedTuple):
    """A HEAD frame, and how many bytes of body it promises (None = unknown, or none may follow)."""

    frame: bytes
    content_length: int | None


def encode_head(status: str, headers: list[object], method: str) -> ResponseHead:
    """Raises TypeError or ValueError, which name what the application passed."""
    status = _checked_status(status)
    if not isinstance(headers, list):
        raise TypeError(f'the headers must be a list, not {type(headers).__name__}')
    strings = [status]
    content_length: int | None = None
    for header in headers:
        if not isinstance(header, tuple) or len(header) != 2:
            raise TypeError(f'a header must be a tuple (name, value), not {header!r}')
        name, value = header
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f'a header must be two str, not {header!r}')
        kind = _known_names.get(name)
        if kind is None:
            kind = _checked_name(name)
        if kind == _CONNECTION:
            continue
        if kind == _CONTENT_LENGTH:
            content_length = _length(value)
        strings += header
    if _CONTROL.search('\t'.join(strings)):
        raise ValueError(_naming(headers, _CONTROL, 'has a control character'))
    try:
        payload = ('\0'.join(strings) + '\0').encode('latin-1')
    except UnicodeEncodeError:
        beyond = re.compile('[^\x00-\xff]')
        raise ValueError(_naming(headers, beyond, 'is not latin-1 text')) from None
    if len(payload) > PAYLOAD_MAX:
        raise ValueError(f'the headers are {len(payload)} bytes long, more than {PAYLOAD_MAX}')
    if method == 'HEAD' or status[:3] in ('204', '304'):
        content_length = None
    return ResponseHead(encode_frame(HEAD, payload), content_length)


def _checked_status(status: str) -> str:
    if not isinstance(status, str):
        raise TypeError(f'the status must be str, not {type(status).__name__}')
    if not _STATUS.fullmatch(status) or _CONTROL.search(status):
        raise ValueError(f'the status must be like "200 OK", not {status!r}')
    status.encode('latin-1')
    return status if len(status) > 3 else f'{status} {_reason(int(status))}'


def _reason(code: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return 'Unknown'


def _checked_name(name: str) -> int:
    """What kind of header this is; remembered, as an application sends few different names."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f'{name!r} is not a header name')
    lower = name.lower()
    kind = _CONTENT_LENGTH if lower == 'content-length' else _NORMAL
    if lower in _CONNECTION_HEADERS:
        kind = _CONNECTION
        log.say(
            f'the application sets the header {name}; it is left out, as the gateway decides it',
            'application.misbehaved',
        )
    if len(_known_names) < _KNOWN_NAMES_MAX:
        _known_names[name] = kind
    return kind


def _length(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f'Content-Length is not a number: {value!r}')
    return int(value)


def _naming(headers: list[object], pattern: re.Pattern[str], what: str) -> str:
    """Finds the header to blame, for the message."""
    for header in headers:
        if isinstance(header, tuple) and pattern.search('\t'.join(header)):
            return f'the header {header[0]} {what}: {header[1]!r}'
    return f'a header {what}'
