"""wsgi.input: the request's body, read from the channel only as the application asks for it."""

from __future__ import annotations

from .channel import Channel


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
