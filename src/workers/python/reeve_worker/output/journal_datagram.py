"""An entry of the journal as one datagram (systemd's "native protocol").

It is sent at once or not at all: the application never waits for the log. The socket lives for one
entry, so that there is nothing that a fork could share or a child keep open.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import struct
import termios
import time
from _socket import AF_UNIX, MSG_NOSIGNAL, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET, socket

FOLDER = '/run/systemd/journal/'
_F_ADD_SEALS, _ALL_SEALS = 1033, 0xF
_FULL_SECONDS = 0.1
_LEAVE_SECONDS = 0.3


def encode_field(name: str, value: str) -> bytes:
    """`NAME=value`, or with a newline in it as bytes of a given length; see journal-entry.ts."""
    data = value.encode('utf-8', 'backslashreplace')
    if b'\n' in data:
        return name.encode() + b'\n' + struct.pack('<Q', len(data)) + data + b'\n'
    return name.encode() + b'=' + data + b'\n'


def deliver(entry: bytes, leaving: bool) -> bool:
    """Sends an entry. Raises OSError where journald cannot be reached, or is behind for a while.

    `leaving`: this process ends right after, which journald must have looked at before.
    """
    sender = socket(AF_UNIX, SOCK_DGRAM)
    try:
        sender.setblocking(False)
        sender.connect(f'{FOLDER}socket')
        try:
            _put(sender, entry)
        except BlockingIOError:
            poll = select.poll()
            poll.register(sender, select.POLLOUT)
            poll.poll(_FULL_SECONDS * 1000)
            _put(sender, entry)
        if leaving:
            _wait_until_read(sender)
    finally:
        sender.close()
    return True


def _put(sender: socket, entry: bytes) -> None:
    try:
        sender.send(entry, MSG_NOSIGNAL)
    except OSError as error:
        if isinstance(error, BlockingIOError) or len(entry) < 65536:
            raise
        _put_long(sender, entry)


def _put_long(sender: socket, entry: bytes) -> None:
    """Too long for a datagram: a sealed file in memory, whose descriptor travels alone."""
    file = os.memfd_create('reeve-log-entry', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        while entry:
            entry = entry[os.write(file, entry) :]
        fcntl.fcntl(file, _F_ADD_SEALS, _ALL_SEALS)
        sender.sendmsg([], [(SOL_SOCKET, SCM_RIGHTS, array.array('i', [file]))])
    finally:
        os.close(file)


def _wait_until_read(sender: socket) -> None:
    """journald looks up in /proc which unit the sender belongs to: it must not be gone by then."""
    until = time.monotonic() + _LEAVE_SECONDS
    unread = bytearray(4)
    while time.monotonic() < until:
        fcntl.ioctl(sender, termios.TIOCOUTQ, unread)
        if not any(unread):
            break
        time.sleep(0.002)
    time.sleep(0.002)
