"""What comes for a mule or a spooler: messages of the application, and signals.

Both wait in mailboxes of shared memory, which outlive the process and its generation. What is taken
is gone from its mailbox: a process that is killed while it handles a message loses that one, and no
other. So each is handled once at most.
"""

from __future__ import annotations

import _thread
import os
import select
import sys
import time
from collections.abc import Sequence
from typing import Callable, Optional, Union

from ..state.mailbox import Mailbox

# A message, or the number of a signal.
Received = Union[bytes, int]

_WAIT_MAX_SECONDS = 3600.0


class Receiver:
    """The receiving end of one process; one instance for each."""

    def __init__(
        self,
        messages: Sequence[Mailbox],
        signals: Sequence[Mailbox],
        is_stopping: Callable[[], bool],
    ) -> None:
        """The first mailboxes are looked at first."""
        self.messages = messages
        self.signals = signals
        self._is_stopping = is_stopping
        # A signal to this process writes to it: what waits looks again.
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)
        self._main_thread = _thread.get_ident()
        self._is_leaving = False
        # The main thread waits here, or handles what it has got here.
        self.is_in_use = False

    def leave(self) -> None:
        """From now on, who comes for more ends; at a stop, when no message waits any more."""
        self._is_leaving = True
        os.write(self.wake_write, b'\0')  # For threads that wait beside the main one.

    def receive(
        self, messages: Sequence[Mailbox], signals: Sequence[Mailbox], until: float | None
    ) -> Optional[Received]:
        """The next message or signal; None where none has come until then (monotonic seconds).

        Raises SystemExit when the process is asked to end.
        """
        if _thread.get_ident() == self._main_thread:
            self.is_in_use = True
        found: Optional[Received] = None
        try:
            found = self._wait(messages, signals, until)
        finally:
            if found is None and _thread.get_ident() == self._main_thread:
                self.is_in_use = False
        return found

    def take_signal(self) -> int | None:
        """The next signal, without a wait."""
        for mailbox in self.signals:
            number = mailbox.take()
            if number is not None:
                return number[0]
        return None

    def _wait(
        self, messages: Sequence[Mailbox], signals: Sequence[Mailbox], until: float | None
    ) -> Optional[Received]:
        poll = select.poll()
        poll.register(self.wake_read, select.POLLIN)
        by_bell = {mailbox.bell: mailbox for mailbox in (*messages, *signals)}
        for bell in by_bell:
            poll.register(bell, select.POLLIN)
        while True:
            if self._is_leaving and not self._is_stopping():
                sys.exit(0)
            for mailbox in messages:
                message = mailbox.take()
                if message is not None:
                    return message
            if self._is_leaving:
                sys.exit(0)
            for mailbox in signals:
                number = mailbox.take()
                if number is not None:
                    return number[0]
            left = _WAIT_MAX_SECONDS if until is None else until - time.monotonic()
            if left <= 0:
                return None
            for descriptor, _ in poll.poll(left * 1000):
                if descriptor in by_bell:
                    by_bell[descriptor].silence()
                elif not self._is_leaving:
                    drain(descriptor)


def drain(descriptor: int) -> None:
    """Reads what is there from a pipe."""
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass  # Another process of those that read it has done so.

