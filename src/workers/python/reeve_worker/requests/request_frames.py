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
  0x07 FILE_TAKEN   u8: 0 the gateway sends the file, close it; 1 send its bytes as DATA
  0x08 SIGNAL       u8 number; only while no request runs: run its handler, then END
worker → gateway
  0x10 HELLO        strings: version of this text (2), token, generation, slot, thread (0…),
                    pid [, claim pipe]; the thread may be "signals" or "signals N", see below
  0x11 HEAD         head of a response that is streamed
  0x12 DATA         bytes of its body
  0x13 END          u8 outcome (0 complete, 1 failed: the response must not look complete),
                    u8 waiting (0 not watched, 1 the thread ran through, 2 it waited),
                    u16 zero, u32 application time in µs, u64 resident bytes (0 unknown)
  0x14 FILE         the body is a part of a file that the worker has open: u32 descriptor,
                    u32 zero, u64 offset, u64 length (1 … 2^53 - 1); wait for FILE_TAKEN
  0x15 SKIPPED      empty; the REQUEST whose turn it was had been taken back
  0x16 ANSWER       a whole response and its END: the 16 bytes of END, then as RESPONSE
  0x17 RESPONSE     a whole response, u32 bytes of the head, head, body; close() still runs, and
                    END follows
  0x18 LIMIT        u32 ms that the running request may still run, from now on (0: any time),
                    in place of what harakiri leaves it; any number of times before END
  0x19 LOGVAR       strings: name, value …: variables of the running request for the access log;
                    any number of times before END. The one without a name is not logged: it is
                    the id under which the worker has logged the request, and behind a space
                    how the application has failed it

"strings" is latin-1 text, each string followed by one NUL; NUL cannot occur inside. A "head" is
u32 number of headers, and latin-1 text as HTTP has it: the status ("200 OK"), then each header
as "name: value" in order, with CRLF behind each of these lines. A line break inside a header
would be one line more than there are headers.
Order per request: REQUEST [BODY … BODY_END] down; up ANSWER, or RESPONSE END, or
[HEAD DATA …] END. FILE may stand in place of the first DATA, and each is answered by one
FILE_TAKEN: after 0 only END may come, after 1 DATA as ever. END alone with outcome 1 means
that the application failed before it answered: the gateway answers 500. A body may still be
coming from the client. END ends it, also where the application has left it unread: what of it is
on its way then means nothing; where it is unread there is no FILE. End-of-file without DRAIN
means that the gateway died: the worker drops what it has and connects again, with a new HELLO.

A slot runs one request at a time, but whole ones may be sent ahead. HELLO may name the read end
of a pipe, non-blocking, which the gateway opens as /proc/PID/fd/N. Before each REQUEST with
SENT_AHEAD it writes one byte there; before the worker runs one it reads one byte, and says
SKIPPED instead if there is none. The gateway takes back by reading: n bytes are the last n
requests that it sent. A CANCEL is sent when all that had not begun was taken back, so it means
the request that runs; it and FILE_TAKEN come behind what was sent ahead.

A request that waits for a signal makes one more connection, whose HELLO has "signals" in place
of the thread, or "signals N" where it waits for number N. It is sent SIGNAL, and answers with
END, or closes when it has what it waited for; DRAIN ends the wait.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

REQUEST, BODY, BODY_END, DRAIN, CANCEL, REOPEN_LOG = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
FILE_TAKEN, SIGNAL = 0x07, 0x08
HELLO, HEAD, DATA, END = 0x10, 0x11, 0x12, 0x13
FILE, SKIPPED, ANSWER, RESPONSE, LIMIT, LOGVAR = 0x14, 0x15, 0x16, 0x17, 0x18, 0x19

HAS_BODY, SENT_AHEAD = 0x01, 0x02
COMPLETE, FAILED = 0, 1
UNWATCHED, RAN_THROUGH, WAITED = 0, 1, 2

# Of this specification; raised when a side that knows the older one would misread a frame.
VERSION = '2'

HEADER_SIZE = 8
PAYLOAD_MAX = 16 * 1024 * 1024

NAMES = {
    REQUEST: 'REQUEST',
    BODY: 'BODY',
    BODY_END: 'BODY_END',
    DRAIN: 'DRAIN',
    CANCEL: 'CANCEL',
    REOPEN_LOG: 'REOPEN_LOG',
    FILE_TAKEN: 'FILE_TAKEN',
    SIGNAL: 'SIGNAL',
    HELLO: 'HELLO',
    HEAD: 'HEAD',
    DATA: 'DATA',
    END: 'END',
    FILE: 'FILE',
    SKIPPED: 'SKIPPED',
    ANSWER: 'ANSWER',
    RESPONSE: 'RESPONSE',
    LIMIT: 'LIMIT',
    LOGVAR: 'LOGVAR',
}

_HEADER = struct.Struct('<BBHI')
# For the one frame of most requests; flags, zero and length are the caller's to check.
pack_header, unpack_header = _HEADER.pack, _HEADER.unpack_from
_END = struct.Struct('<BBHIQ')
_LIMIT = struct.Struct('<I')
_FRAMED_END = struct.Struct('<BBHIBBHIQ')
_END_BYTES = _END.size
# With their headers, up to the head.
_FRAMED_ANSWER = struct.Struct('<BBHIBBHIQI')
_FRAMED_RESPONSE = struct.Struct('<BBHII')
_NUMBER = struct.Struct('<I')
_NUMBER_BYTES = _NUMBER.size
encode_number = _NUMBER.pack
_EMPTY_TYPES = frozenset((BODY_END, DRAIN, CANCEL, REOPEN_LOG, SKIPPED))
_FILE = struct.Struct('<IIQQ')
_SIZES = {END: _END.size, FILE: _FILE.size, FILE_TAKEN: 1, SIGNAL: 1, LIMIT: _LIMIT.size}
_MICROSECONDS_MAX = 0xFFFFFFFF
FILE_BYTES_MAX = (1 << 53) - 1
_LIMIT_MAX = 0xFFFFFFFF


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
    waiting: int = UNWATCHED


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
    due = _SIZES.get(kind, length)
    if length != due:
        raise FrameError(f'{NAMES[kind]} must be {due} bytes, not {length}')
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


def encode_log_variables(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The whole LOGVAR frame. A NUL cannot be sent: what follows one is left out, as in C."""
    texts = [text.partition(b'\0')[0] + b'\0' for pair in pairs for text in pair]
    return encode_frame(LOGVAR, b''.join(texts))


def encode_note(number: str, failure: str) -> bytes:
    """The LOGVAR without a name: the id of the request, and how the application has failed it."""
    return encode_log_variables([(b'', f'{number} {failure}'.encode('utf-8', 'replace'))])


def decode_strings(kind: int, payload: bytes) -> list[str]:
    """The strings of a payload. Raises FrameError when a NUL or a string is missing."""
    strings = payload.decode('latin-1').split('\0')
    if strings.pop():
        raise FrameError(f'{NAMES[kind]} has a string without NUL')
    if kind == HELLO:
        if len(strings) not in (6, 7):
            raise FrameError(f'HELLO must have 6 or 7 strings, not {len(strings)}')
    elif not strings or (len(strings) % 2 == 0) != (kind == LOGVAR):
        problem = 'a name without a value' if strings else 'no strings'
        raise FrameError(f'{NAMES[kind]} has {problem}')
    return strings


def decode_request(payload: bytes) -> tuple[str, dict[str, Any]]:
    """The application number and the variables of REQUEST. Raises FrameError as decode_strings."""
    strings = payload.decode('latin-1').split('\0')
    # The empty string behind the last NUL makes it even; the pairs end before it.
    if strings[-1] or len(strings) % 2:
        decode_strings(REQUEST, payload)
    rest = iter(strings)
    return next(rest), dict(zip(rest, rest))


def encode_end(
    outcome: int, microseconds: int, resident_bytes: int, waiting: int = UNWATCHED
) -> bytes:
    """The whole END frame; a time too long for its field is sent as the longest."""
    if microseconds > _MICROSECONDS_MAX:
        microseconds = _MICROSECONDS_MAX
    end = (outcome, waiting, 0, microseconds, resident_bytes)
    return _FRAMED_END.pack(END, 0, 0, _END_BYTES, *end)


def encode_answer(
    head: bytes,
    body: bytes,
    outcome: int,
    microseconds: int,
    resident_bytes: int,
    waiting: int = UNWATCHED,
) -> bytes:
    """The whole ANSWER frame; a time too long for its field is sent as the longest."""
    if microseconds > _MICROSECONDS_MAX:
        microseconds = _MICROSECONDS_MAX
    end = (outcome, waiting, 0, microseconds, resident_bytes)
    length = _END_BYTES + _NUMBER_BYTES + len(head) + len(body)
    return _FRAMED_ANSWER.pack(ANSWER, 0, 0, length, *end, len(head)) + head + body


def encode_response(head: bytes, body: bytes) -> bytes:
    """The whole RESPONSE frame."""
    length = _NUMBER_BYTES + len(head) + len(body)
    return _FRAMED_RESPONSE.pack(RESPONSE, 0, 0, length, len(head)) + head + body


def decode_answer(payload: bytes) -> tuple[bytes, bytes, EndOfResponse]:
    """The head, the body and the end of ANSWER. Raises FrameError as the next two."""
    head, body = _whole_response(ANSWER, payload, _END_BYTES)
    return head, body, decode_end(payload[:_END_BYTES], ANSWER)


def decode_response(payload: bytes) -> tuple[bytes, bytes]:
    """The head and the body of RESPONSE. Raises FrameError where they are not there."""
    return _whole_response(RESPONSE, payload, 0)


def _whole_response(kind: int, payload: bytes, at: int) -> tuple[bytes, bytes]:
    head_at = at + _NUMBER_BYTES
    if len(payload) < head_at:
        raise FrameError(f'{NAMES[kind]} is {len(payload)} bytes long, less than {head_at}')
    (length,) = _NUMBER.unpack_from(payload, at)
    if head_at + length > len(payload):
        raise FrameError(f'{NAMES[kind]} has a head of {length} bytes, beyond its end')
    return payload[head_at : head_at + length], payload[head_at + length :]


def decode_head(kind: int, head: bytes) -> tuple[int, str]:
    """The number of headers of a head, and its text. Raises FrameError where it has no number."""
    if len(head) < _NUMBER_BYTES:
        raise FrameError(f'{NAMES[kind]} has a head of {len(head)} bytes, less than 4')
    (headers,) = _NUMBER.unpack_from(head)
    return headers, head[_NUMBER_BYTES:].decode('latin-1')


def encode_limit(milliseconds: int) -> bytes:
    """The whole LIMIT frame; a time too long for its field is sent as the longest."""
    return encode_frame(LIMIT, _LIMIT.pack(min(milliseconds, _LIMIT_MAX)))


def decode_limit(payload: bytes) -> int:
    """The milliseconds of LIMIT."""
    (milliseconds,) = _LIMIT.unpack(payload)
    return int(milliseconds)


def decode_end(payload: bytes, kind: int = END) -> EndOfResponse:
    """The fields of END. Raises FrameError for an unknown outcome, or a byte that must be zero."""
    outcome, waiting, zero, microseconds, resident_bytes = _END.unpack(payload)
    if outcome not in (COMPLETE, FAILED):
        raise FrameError(f'{NAMES[kind]} has unknown outcome {outcome}')
    if waiting > WAITED:
        raise FrameError(f'{NAMES[kind]} has unknown waiting {waiting}')
    if zero:
        raise FrameError(f'{NAMES[kind]} has reserved bytes that are not zero')
    return EndOfResponse(outcome, microseconds, resident_bytes, waiting)


def encode_file(descriptor: int, start: int, length: int) -> bytes:
    """The whole FILE frame: `length` bytes of an open file, from `start`."""
    return encode_frame(FILE, _FILE.pack(descriptor, 0, start, length))


def decode_file(payload: bytes) -> tuple[int, int, int]:
    """The descriptor, start and length of FILE. Raises FrameError for an impossible part."""
    descriptor, zero, start, length = _FILE.unpack(payload)
    if zero:
        raise FrameError('FILE has reserved bytes that are not zero')
    if not length or start + length > FILE_BYTES_MAX:
        raise FrameError(f'FILE has an impossible part, {length} bytes from {start}')
    return descriptor, start, length


def decode_file_taken(payload: bytes) -> bool:
    """True where the gateway sends the file. Raises FrameError for an unknown answer."""
    if payload[0] > 1:
        raise FrameError(f'FILE_TAKEN has unknown answer {payload[0]}')
    return payload[0] == 0
