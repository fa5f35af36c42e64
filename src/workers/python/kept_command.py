"""The keeper of a command: runs an attached daemon or a cron command for the master.

Between the master and the command stands a process that the command cannot get rid of: all that a
shell of it has started stays below the keeper, which is their subreaper. So a stop reaches all of
them, and when the master is gone, even by kill -9, the keeper ends them. What they print comes to
the master as lines, so that each has the name of its command.

The order, as JSON on the control stream (protocol/keeper-messages.ts), has one of three modes:

- `daemon`: when the command ends, what it has left behind ends as well;
- `task`: what the command leaves in the background may go on, and is ended with Reeve;
- `detached`: it outlives Reeve. Its output goes to the log directly, and nothing of it is ended.

Started as `python launch.py keep-command <padding>`, control stream on fd 3, lifeline on fd 4.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from socket import socket
from typing import Any

from reeve_worker.lifeline import LIFELINE_FD
from reeve_worker.title import set_title

import command_process
import process_tree

CONTROL_FD = 3
LINE_MAX_BYTES = 65536
# What a command left behind, or what a master that was killed did, has this long after a SIGTERM.
_REST_SECONDS = 3.0
_PR_SET_CHILD_SUBREAPER = 36
_READ_BYTES = 65536

Order = dict[str, Any]


class Keeper:
    """Lives as long as its command, and for `daemon` and `task` as long as what that has left."""

    def __init__(self, control: socket, order: Order, unread: bytes) -> None:
        self._control = control
        self._order = order
        self._mode: str = order['mode']
        self._unread = unread
        self._part = b''
        self._output = -1
        self._pid = 0
        self._session = 0
        # When what is left is killed; None while nobody has asked it to end.
        self._kill_at: float | None = None
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> int:
        """Returns when nothing is left to keep."""
        self._watch_children()
        if self._mode != 'detached':
            _become_subreaper()
        problem = self._start()
        if problem:
            self._send({'type': 'failed', 'sentence': problem})
            return command_process.CANNOT_RUN
        self._send({'type': 'started', 'pid': self._session})
        self._take_messages(b'')
        poll = select.poll()
        for descriptor in (self._control.fileno(), LIFELINE_FD, self._wake_read):
            poll.register(descriptor, select.POLLIN)
        if self._output >= 0:
            poll.register(self._output, select.POLLIN)
        while not self._is_over():
            for descriptor, _ in poll.poll(self._wait_ms()):
                if descriptor == self._output:
                    if not self._read_output():
                        poll.unregister(self._output)
                        self._close_output()
                elif descriptor == self._wake_read:
                    os.read(self._wake_read, 4096)
                elif descriptor == LIFELINE_FD or not self._obey():
                    poll.unregister(descriptor)
                    if self._mode == 'detached':
                        return 0
                    self._end_all(signal.SIGTERM, _REST_SECONDS)
            self._reap()
            self._enforce()
        self._drain()
        return 0

    def _watch_children(self) -> None:
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)

    def _start(self) -> str:
        """Forks the command; returns why it cannot run, '' where it does."""
        told_read, told_write = os.pipe()
        output_read = output_write = -1
        if self._mode != 'detached':
            output_read, output_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told_read)
            command_process.become(self._order, output_write, told_write)
        os.close(told_write)
        if output_write >= 0:
            os.close(output_write)
        with open(told_read, 'rb') as told:
            problem = told.read().decode(errors='replace')
        if problem:
            os.waitpid(pid, 0)
            return problem
        self._pid = self._session = pid
        self._output = output_read
        if output_read >= 0:
            os.set_blocking(output_read, False)
        return ''

    def _obey(self) -> bool:
        """Does what the master says; False once the stream is at its end."""
        try:
            data = self._control.recv(65536)
        except OSError:
            data = b''
        self._take_messages(data)
        return bool(data)

    def _take_messages(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b'\n')
        for line in lines:
            message = json.loads(line)
            if message['type'] == 'end':
                self._end_all(message['signal'], message['seconds'])
            elif message['type'] == 'signal':
                process_tree.signal_group(self._session, message['signal'])

    def _end_all(self, number: int, seconds: float) -> None:
        """The signal goes to the command's group, and to what has left that, but once."""
        kill_at = time.monotonic() + seconds
        if self._kill_at is not None:
            self._kill_at = min(self._kill_at, kill_at)
            return
        self._kill_at = kill_at
        process_tree.signal_group(self._session, number)
        for pid in self._left():
            if process_tree.group_of(pid) != self._session:
                process_tree.signal_one(pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._pid = 0
                self._read_output()
                self._flush_part()
                killed = os.WIFSIGNALED(status)
                self._send(
                    {
                        'type': 'ended',
                        'code': -1 if killed else os.WEXITSTATUS(status),
                        'signal': os.WTERMSIG(status) if killed else -1,
                    }
                )
                if self._mode == 'daemon':
                    self._end_all(signal.SIGTERM, _REST_SECONDS)

    def _enforce(self) -> None:
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            process_tree.signal_group(self._session, signal.SIGKILL)
            for pid in self._left():
                process_tree.signal_one(pid, signal.SIGKILL)

    def _is_over(self) -> bool:
        if self._pid:
            return False
        return self._mode == 'detached' or not self._left()

    def _wait_ms(self) -> float | None:
        """Processes that nobody waits for here are looked at, as their end wakes nobody."""
        if self._kill_at is None:
            return None if self._pid else 1000
        return max(20.0, min((self._kill_at - time.monotonic()) * 1000, 200.0))

    def _left(self) -> list[int]:
        return process_tree.left_of(self._session)

    def _read_output(self) -> bool:
        """Sends the lines that have come; False at the end of the output."""
        if self._output < 0:
            return True
        while True:
            try:
                data = os.read(self._output, _READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._part = (self._part + data).split(b'\n')
            while len(self._part) > LINE_MAX_BYTES:
                lines.append(self._part[:LINE_MAX_BYTES])
                self._part = self._part[LINE_MAX_BYTES:]
            self._send_lines(lines)
            if len(data) < _READ_BYTES:
                return True

    def _flush_part(self) -> None:
        part, self._part = self._part, b''
        if part:
            self._send_lines([part])

    def _send_lines(self, lines: list[bytes]) -> None:
        for line in lines:
            for start in range(0, max(len(line), 1), LINE_MAX_BYTES):
                piece = line[start : start + LINE_MAX_BYTES]
                self._send({'type': 'line', 'text': piece.decode('utf-8', 'replace')})

    def _drain(self) -> None:
        self._read_output()
        self._flush_part()
        self._close_output()

    def _close_output(self) -> None:
        if self._output >= 0:
            self._flush_part()
            os.close(self._output)
            self._output = -1

    def _send(self, message: Order) -> None:
        try:
            self._control.sendall(json.dumps(message).encode() + b'\n')
        except OSError:
            pass  # The master is gone: what is left is to be ended.


def main() -> int:
    """Returns the exit code of the keeper itself, not of its command."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for descriptor in (CONTROL_FD, LIFELINE_FD):
        os.set_inheritable(descriptor, False)
    control = socket(fileno=CONTROL_FD)
    received = b''
    while b'\n' not in received:
        data = control.recv(65536)
        if not data:
            return 0
        received += data
    line, _, unread = received.partition(b'\n')
    order: Order = json.loads(line)
    set_title(order['title'])
    return Keeper(control, order, unread).run()


def _become_subreaper() -> None:
    """Without ctypes what leaves the command's session is not found; all else is."""
    try:
        import ctypes
    except ImportError:
        return
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == '__main__':
    sys.exit(main())
