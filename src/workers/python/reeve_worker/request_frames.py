"""The channel: frames between the gateway and one slot (thread) of a worker.

THE SPECIFICATION (the same text opens request-frames.ts; test/golden/frames holds vectors that
both sides run). A slot connects to the gateway's abstract unix stream and keeps the connection.
Both directions carry frames; integers are little-endian:

    offset 0      1        2..3        4..7            8..
           type   flags    0 (zero)    length: u32     payload: length bytes (max 16 MiB)

gateway → worker
  0x01 REQUEST      strings: application number, then name, value, name, value …
                    flags bit 0 (HAS_BODY): BODY frames follow, then BODY_END
                    flags bit 1 (SENT_AHEAD): sent while another ran, see below
  0x02 BODY         bytes of the request body
  0x03 BODY_END     empty
  0x04 DRAIN        empty; only while no request runs: leave (exit when every slot has)
  0x05 CANCEL       empty; client gone, no more of a body comes: close the iterator, then END
  0x06 REOPEN_LOG   empty; only while no request runs: open the log file anew as fd 1 and 2
worker → gateway
  0x10 HELLO        strings: token, generation, slot, thread (0…), pid [, claim pipe]
  0x11 HEAD         strings: status ("200 OK"), then name, value, name, value … in order
  0x12 DATA         bytes of the response body
  0x13 END          u8 outcome (0 complete, 1 failed: the response must not look complete),
                    u8 × 3 zero, u32 application time in µs, u64 resident bytes (0 unknown)
  0x15 SKIPPED      empty; the REQUEST whose turn it was had been taken back

"strings" is latin-1 text, each string followed by one NUL; NUL cannot occur inside.
Order per request: REQUEST [BODY … BODY_END] down; [HEAD DATA …] END up. END without HEAD with
outcome 1 means that the application failed before it answered: the gateway answers 500. A body
that the application leaves unread is read and dropped by the worker before END. End-of-file
without DRAIN means that the gateway died: the worker drops what it has and connects again, with
a new HELLO.

A slot runs one request at a time, but whole ones may be sent ahead. HELLO may name the read end
of a pipe, non-blocking, which the gateway opens as /proc/PID/fd/N. Before each REQUEST with
SENT_AHEAD it writes one byte there; before the worker runs one it reads one byte, and says
SKIPPED instead if there is none. The gateway takes back by reading: n bytes are the last n
requests that it sent. A CANCEL is sent when all that had not begun was taken back, so it means
the request that runs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

REQUEST, BODY, BODY_END, DRAIN, CANCEL, REOPEN_LOG = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
HELLO, HEAD, DATA, END, SKIPPED = 0x10, 0x11, 0x12, 0x13, 0x15

HAS_BODY, SENT_AHEAD = 0x01, 0x02
COMPLETE, FAILED = 0, 1

HEADER_SIZE = 8
PAYLOAD_MAX = 16 * 1024 * 1024

NAMES = {
    REQUEST: 'REQUEST',
    BODY: 'BODY',
    BODY_END: 'BODY_END',
    DRAIN: 'DRAIN',
    CANCEL: 'CANCEL',
    REOPEN_LOG: 'REOPEN_LOG',
    HELLO: 'HELLO',
    HEAD: 'HEAD',
    DATA: 'DATA',
    END: 'END',
    SKIPPED: 'SKIPPED',
}

_HEADER = struct.Struct('<BBHI')
_END = struct.Struct('<B3sIQ')
_FRAMED_END = struct.Struct('<BBHIB3sIQ')
_EMPTY_TYPES = frozenset((BODY_END, DRAIN, CANCEL, REOPEN_LOG, SKIPPED))
_MICROSECONDS_MAX = 0xFFFFFFFF


class FrameError(Exception):
    """The peer sent bytes that are no frame; the text says which rule they break."""


class Header(NamedTuple):
    """The first 8 bytes of a frame; `length` is the payload's, in bytes."""

    type: int
    flags: int
    length: int


class EndOfResponse(NamedTuple):
    """The payload of END."""

    outcome: int
    microseconds: int
    resident_bytes: int


def decode_header(buffer: bytes, offset: int = 0) -> Header | None:
    """Reads the header at `offset`; None when fewer than 8 bytes are there.

    Raises FrameError for an unknown type, flags that the type does not have, or a bad length.
    """
    if len(buffer) - offset < HEADER_SIZE:
        return None
    kind, flags, zero, length = _HEADER.unpack_from(buffer, offset)
    if kind not in NAMES:
        raise FrameError(f'type 0x{kind:02x} is unknown')
    if flags & ~(HAS_BODY | SENT_AHEAD if kind == REQUEST else 0):
        raise FrameError(f'{NAMES[kind]} has unknown flags 0x{flags:02x}')
    if zero:
        raise FrameError(f'{NAMES[kind]} has reserved bytes that are not zero')
    if length > PAYLOAD_MAX:
        raise FrameError(f'{NAMES[kind]} is {length} bytes long, more than {PAYLOAD_MAX}')
    if length and kind in _EMPTY_TYPES:
        raise FrameError(f'{NAMES[kind]} must be empty, not {length} bytes')
    if kind == END and length != _END.size:
        raise FrameError(f'END must be {_END.size} bytes, not {length}')
    return Header(kind, flags, length)


def encode_header(kind: int, flags: int, length: int) -> bytes:
    """The 8 bytes before a payload of `length` bytes."""
    return _HEADER.pack(kind, flags, 0, length)


def encode_frame(kind: int, payload: bytes = b'', flags: int = 0) -> bytes:
    """One whole frame."""
    return _HEADER.pack(kind, flags, 0, len(payload)) + payload


def encode_strings(strings: Iterable[str]) -> bytes:
    """The payload made of `strings`, none of which may hold a NUL or a character above U+00FF."""
    return ''.join([string + '\0' for string in strings]).encode('latin-1')


def decode_strings(kind: int, payload: bytes) -> list[str]:
    """The strings of a payload. Raises FrameError when a NUL or a string is missing."""
    strings = payload.decode('latin-1').split('\0')
    if strings.pop():
        raise FrameError(f'{NAMES[kind]} has a string without NUL')
    if kind == HELLO:
        if len(strings) not in (5, 6):
            raise FrameError(f'HELLO must have 5 or 6 strings, not {len(strings)}')
    elif len(strings) % 2 == 0:
        problem = 'a name without a value' if strings else 'no strings'
        raise FrameError(f'{NAMES[kind]} has {problem}')
    return strings


def encode_end(outcome: int, microseconds: int, resident_bytes: int) -> bytes:
    """The whole END frame; a time too long for its field is sent as the longest."""
    capped = min(microseconds, _MICROSECONDS_MAX)
    return _FRAMED_END.pack(END, 0, 0, _END.size, outcome, b'\0\0\0', capped, resident_bytes)


def decode_end(payload: bytes) -> EndOfResponse:
    """The fields of END. Raises FrameError for an unknown outcome, or a byte that must be zero."""
    outcome, zeros, microseconds, resident_bytes = _END.unpack(payload)
    if outcome not in (COMPLETE, FAILED):
        raise FrameError(f'END has unknown outcome {outcome}')
    if zeros != b'\0\0\0':
        raise FrameError('END has reserved bytes that are not zero')
    return EndOfResponse(outcome, microseconds, resident_bytes)
