"""One connection of a slot to the gateway: what may be sent and received, in which order.

    idle ──REQUEST──▶ running ──END──▶ idle        idle ──DRAIN──▶ the slot leaves
    while running: BODY … BODY_END and CANCEL come down; HEAD DATA … go up; FILE is answered by
    FILE_TAKEN.

A whole REQUEST may be sent ahead: it lies behind the running one until `claim` says whose it is.

A CANCEL can cross our END and then arrives when idle; it and what is left of a body mean nothing
there. All methods belong to the slot's own thread.
"""

from __future__ import annotations

import os
from _socket import MSG_DONTWAIT, MSG_NOSIGNAL, socket

from ..output import log
from ..own_descriptors import above_standard, own
from . import request_frames as frames

_READ_BYTES = 65536
_READ_MAX_BYTES = 1 << 20
_DATA_MAX_BYTES = 256 * 1024
# Up to this size one copy is cheaper than one more system call.
_COPY_MAX_BYTES = 64 * 1024

# Looked up for each request: a name of this module costs less than one of another.
_HEADER_SIZE = frames.HEADER_SIZE
_REQUEST = frames.REQUEST
_REQUEST_FLAGS = frames.HAS_BODY | frames.SENT_AHEAD

Frame = tuple[int, int, bytes]


class ChannelClosed(Exception):
    """End-of-file: the gateway died."""


class ClientGone(OSError):
    """The client, or the gateway, is not there any more; applications see it as an OSError."""


class ClaimPipe:
    """The pipe that decides whether a slot runs a request that was sent ahead.

    It holds one byte for each such request, and the side that reads the byte has the request. The
    gateway opens the pipe by the number that HELLO names, and holds both its ends; this is the
    slot's end, which never waits.
    """

    def __init__(self) -> None:
        """Raises OSError when no descriptor is left."""
        read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.close(write_end)
        self.number = above_standard(read_end)
        self._file = open(self.number, 'rb', buffering=0)
        own.hold(self._file)

    def claim(self) -> bool:
        """Takes one request; False when the gateway has taken it back."""
        return bool(self._file.read(1))

    def close(self) -> None:
        """Closes this end."""
        own.release(self._file)


class Channel:
    """A connected socket with the bytes read ahead of their frame."""

    def __init__(self, connection: socket, claims: ClaimPipe | None) -> None:
        self._socket = connection
        self._claims = claims
        self._unread = b''
        self._searched = 0
        # What is still to come of the BODY that has begun.
        self._body_left = 0
        self.is_closed = False
        self.is_cancelled = False
        self.has_body_to_read = False

    def close(self) -> None:
        """Ends the connection."""
        self.is_closed = True
        own.release(self._socket)
        if self._claims is not None:
            self._claims.close()

    def next_frame(self) -> Frame:
        """Waits for a whole frame: type, flags, payload. Raises ChannelClosed or FrameError."""
        if self._body_left:
            self._skip_rest_of_body()
        unread = self._unread = self._unread or self._receive(_READ_BYTES)
        # A sound REQUEST that lies here whole is the usual case, and goes without more calls.
        if len(unread) >= _HEADER_SIZE:
            kind, flags, zero, length = frames.unpack_header(unread)
            end = _HEADER_SIZE + length
            is_sound = flags <= _REQUEST_FLAGS and not zero and length <= frames.PAYLOAD_MAX
            if kind == _REQUEST and is_sound and end <= len(unread):
                self._unread = unread[end:]
                return kind, flags, unread[_HEADER_SIZE:end]
        header = frames.decode_header(unread)
        while header is None:
            self._read(frames.HEADER_SIZE)
            header = frames.decode_header(self._unread)
        end = frames.HEADER_SIZE + header.length
        if len(self._unread) < end:
            self._read(end)
        payload = self._unread[frames.HEADER_SIZE : end]
        self._unread = self._unread[end:]
        return header.type, header.flags, payload

    def begin(self, flags: int) -> None:
        """A REQUEST has come: from here to `end` the slot is running."""
        self.is_cancelled = False
        self._searched = 0
        self.has_body_to_read = bool(flags & frames.HAS_BODY)

    def claim(self) -> bool:
        """Whether a request that was sent ahead is this slot's to run."""
        return self._claims is not None and self._claims.claim()

    def skip(self) -> None:
        """Says that a request was taken back; its body then means nothing. Raises ChannelClosed."""
        try:
            self.send(frames.encode_frame(frames.SKIPPED))
        except ClientGone as gone:
            raise ChannelClosed from gone

    def next_body(self, size: int = _READ_BYTES) -> bytes | None:
        """What has come of the request's body, at most `size`; None at its end. Raises ClientGone.

        A BODY is given as its bytes come: where nothing is unread they are not copied.
        """
        while self.has_body_to_read:
            try:
                if self._body_left:
                    return self._part_of_body(size)
                kind = self._begin_frame_in_body()
            except ChannelClosed:
                self._lose()
            except frames.FrameError as error:
                log.say(f'the gateway broke the protocol: {error}')
                self._lose()
            if kind == frames.BODY:
                pass
            elif kind == frames.BODY_END:
                self.has_body_to_read = False
            elif kind == frames.CANCEL:
                self.is_cancelled = True
                self.has_body_to_read = False
            else:
                log.say(f'the gateway broke the protocol: {frames.NAMES[kind]} inside a body')
                self._lose()
        if self.is_cancelled:
            raise ClientGone('the client closed the connection')
        return None

    def check_client(self) -> None:
        """Looks, without waiting, whether a CANCEL has come; raises ClientGone then.

        Not while a body is unread: it would have to be taken into memory to see what is behind it.
        """
        if self.is_cancelled or self.is_closed:
            raise ClientGone('the client closed the connection')
        if self.has_body_to_read:
            return
        try:
            data = self._socket.recv(_READ_BYTES, MSG_DONTWAIT)
        except BlockingIOError:
            data = None
        except OSError:
            data = b''
        if data == b'':
            self._lose()
        self._unread += data or b''
        # What was sent ahead lies before it, and was taken back before the CANCEL was sent.
        while header := frames.decode_header(self._unread, self._searched):
            if header.type == frames.CANCEL:
                self.is_cancelled = True
                raise ClientGone('the client closed the connection')
            self._searched += frames.HEADER_SIZE + header.length

    def send(self, data: bytes | memoryview) -> None:
        """Writes whole frames. Raises ClientGone when the gateway is not there to read them."""
        try:
            self._socket.sendall(data, MSG_NOSIGNAL)
        except OSError as error:
            self._lose(error)

    def send_data(self, before: bytes, chunk: bytes) -> None:
        """Writes `before` (whole frames) and `chunk` as DATA, in one call when it is small."""
        if len(chunk) <= _COPY_MAX_BYTES:
            header = frames.pack_header(frames.DATA, 0, 0, len(chunk))
            self.send(b''.join((before, header, chunk)))
            return
        view = memoryview(chunk)
        for start in range(0, len(chunk), _DATA_MAX_BYTES):
            part = view[start : start + _DATA_MAX_BYTES]
            self.send(before + frames.encode_header(frames.DATA, 0, len(part)))
            self.send(part)
            before = b''

    def offer_file(self, head_and_file: bytes) -> bool:
        """Sends HEAD and FILE; True when the gateway has opened it. Raises ClientGone.

        Not while a body is unread, which would come before the gateway's word.
        """
        self.send(head_and_file)
        try:
            is_taken = frames.decode_file_taken(self._await_file_taken())
        except ChannelClosed:
            self._lose()
        except frames.FrameError as error:
            log.say(f'the gateway broke the protocol: {error}')
            self._lose()
        if self.is_cancelled:
            raise ClientGone('the client closed the connection')
        return is_taken

    def _await_file_taken(self) -> bytes:
        """Cuts its payload out of what came before it: requests that were sent ahead, a CANCEL."""
        at = 0
        while True:
            header = frames.decode_header(self._unread, at)
            end = at + frames.HEADER_SIZE + (header.length if header is not None else 0)
            if header is None or len(self._unread) < end:
                self._read(end)
                continue
            if header.type == frames.FILE_TAKEN:
                payload = self._unread[at + frames.HEADER_SIZE : end]
                self._unread = self._unread[:at] + self._unread[end:]
                self._searched = 0
                return payload
            if header.type == frames.CANCEL:
                self.is_cancelled = True
            at = end

    def _begin_frame_in_body(self) -> int:
        """Reads the header of the next frame; of those that come in a body only BODY has more."""
        if not self._unread:
            self._unread = self._receive(frames.HEADER_SIZE)
        header = frames.decode_header(self._unread)
        while header is None:
            self._unread += self._receive(frames.HEADER_SIZE - len(self._unread))
            header = frames.decode_header(self._unread)
        self._unread = self._unread[frames.HEADER_SIZE :]
        if header.type == frames.BODY:
            self._body_left = header.length
        return header.type

    def _part_of_body(self, size: int) -> bytes:
        wanted = min(size, self._body_left)
        part = self._unread
        if not part:
            part = self._receive(wanted)
        elif len(part) <= wanted:
            self._unread = b''
        else:
            part, self._unread = part[:wanted], part[wanted:]
        self._body_left -= len(part)
        return part

    def _skip_rest_of_body(self) -> None:
        """The application has left a part of a BODY unread. Raises ChannelClosed."""
        while self._body_left:
            self._part_of_body(_READ_BYTES)

    def _read(self, wanted: int) -> None:
        """Reads until `wanted` bytes are unread. Raises ChannelClosed."""
        parts, have = [self._unread], len(self._unread)
        while have < wanted:
            data = self._receive(min(max(wanted - have, _READ_BYTES), _READ_MAX_BYTES))
            parts.append(data)
            have += len(data)
        self._unread = b''.join(parts)

    def _receive(self, size: int) -> bytes:
        """Waits for bytes, at most `size`. Raises ChannelClosed."""
        try:
            data = self._socket.recv(size)
        except OSError:
            data = b''
        if not data:
            leave_application_child()
            self.is_closed = True
            raise ChannelClosed
        return data

    def _lose(self, cause: OSError | None = None) -> None:
        leave_application_child()
        self.is_closed = True
        self.has_body_to_read = False
        raise ClientGone('the connection to the gateway is lost') from cause


def leave_application_child() -> None:
    """Ends a child that the application forked inside a request and let return from there.

    The request is answered by its parent, the worker; ours are the only frames left in it.
    """
    if own.in_application_child:
        log.say(f'pid {os.getpid()}, forked by the application, came back into the worker: ended')
        os._exit(1)
