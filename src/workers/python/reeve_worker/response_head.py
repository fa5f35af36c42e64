"""start_response's arguments, checked, as a HEAD frame.

What a client could be deceived with is refused here, with an exception in the application: CR, LF,
NUL and the other controls in a header, a name that is no token, a Content-Length that is no number.
"""

from __future__ import annotations

import re
from typing import Any

from . import log
from .request_frames import HEAD, PAYLOAD_MAX, pack_header

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
_CONTROL_BYTES = bytes(byte for byte in range(256) if _CONTROL.match(chr(byte)))
_STATUS = re.compile(r'[2-9][0-9][0-9]( .*)?', re.ASCII)
_KNOWN_MAX = 1000
_KNOWN_CHARACTERS_MAX = 100

# An application sends few different names and status lines: what was checked is not checked again.
_known_names: dict[str, int] = {}
_known_statuses: dict[str, str] = {}


def encode_head(status: str, headers: list[Any], method: str) -> tuple[bytes, int | None]:
    """The HEAD frame, and how many bytes of body it promises; None: unknown, or none may follow.

    Raises TypeError or ValueError, which name what the application passed.
    """
    checked_status = _known_statuses.get(status) if type(status) is str else None
    if checked_status is None:
        checked_status = _checked_status(status)
    if not isinstance(headers, list):
        raise TypeError(f'the headers must be a list, not {type(headers).__name__}')
    strings = [checked_status]
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
            if kind == _CONNECTION:
                continue
            content_length = _length(value)
        strings += header
    if content_length is not None and (
        method == 'HEAD' or checked_status.startswith(('204', '304'))
    ):
        content_length = None
    return _encoded(strings, headers), content_length


def _encoded(strings: list[str], headers: list[Any]) -> bytes:
    """The frame; raises ValueError when a character has no place in it."""
    strings.append('')  # Each string has its NUL then, the last one too.
    try:
        payload = '\0'.join(strings).encode('latin-1')
    except UnicodeEncodeError:
        raise ValueError(_fault(strings, headers)) from None
    # One pass in C over all strings: of the controls there may be these NULs and no more.
    if len(payload) - len(payload.translate(None, _CONTROL_BYTES)) != len(strings) - 1:
        raise ValueError(_fault(strings, headers))
    if len(payload) > PAYLOAD_MAX:
        raise ValueError(f'the headers are {len(payload)} bytes long, more than {PAYLOAD_MAX}')
    return pack_header(HEAD, 0, 0, len(payload)) + payload


def _fault(strings: list[str], headers: list[Any]) -> str:
    if _CONTROL.search('\t'.join(strings)):
        return _naming(headers, _CONTROL, 'has a control character')
    return _naming(headers, re.compile('[^\x00-\xff]'), 'is not latin-1 text')


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
    line = status if len(status) > 3 else f'{status} {_reason(int(status))}'
    if len(_known_statuses) < _KNOWN_MAX and len(line) <= _KNOWN_CHARACTERS_MAX:
        _known_statuses[status] = line
    return line


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
