"""Takes requests, as many at once as there are slots, until the gateway says DRAIN to each slot.

Slot 0 runs in the main thread, as many libraries need; with one slot there is no other thread.
"""

from __future__ import annotations

import errno
import os
import time
import traceback
from _socket import MSG_NOSIGNAL, SOCK_STREAM
from typing import Callable, NamedTuple

from ..output import log
from ..own_descriptors import open_socket, own
from ..seeing import stacks
from . import blame, slot_threads
from . import request_frames as frames
from .channel import Channel, ChannelClosed, ClaimPipe, ClientGone, leave_application_child

_PAUSE_MIN_SECONDS = 0.02
_PAUSE_MAX_SECONDS = 1.0
_EXIT_INTERNAL_ERROR = 70
_EXIT_DESCRIPTORS_LOST = 1
# A gateway that has just died; the next one will accept where it did.
_GATEWAY_GONE = (errno.ECONNRESET, errno.EPIPE)
# The master, which keeps the listener, has closed it: there will be no other gateway.
_CHANNEL_CLOSED = errno.ECONNREFUSED


class Service(NamedTuple):
    """What every slot of a worker shares."""

    channel_name: str
    token: str
    generation: int
    slot: int
    worker_name: str
    log_file: str
    answer: Callable[[Channel, int, bytes], None]
    after_request: Callable[[], None] | None
    # Runs the handler of a signal; its number.
    handle_signal: Callable[[int], None]


def serve(service: Service, threads: int) -> None:
    """Returns when every slot was drained."""
    joins = [
        slot_threads.start(f'reeve slot {thread}', _guarded_slot(service, thread))
        for thread in range(1, threads)
    ]
    _run_slot(service, 0)
    for join in joins:
        while not _is_joined(service, join):
            pass


def _is_joined(service: Service, join: Callable[[], None]) -> bool:
    """Waits for the end of a thread; False where a signal handler has ended the wait."""
    try:
        join()
    except (Exception, KeyboardInterrupt) as error:
        _tolerate(service, error)
        return False
    return True


def _guarded_slot(service: Service, thread: int) -> Callable[[], None]:
    """A fault of ours in a thread ends the process, as it does in the main thread."""

    def run() -> None:
        try:
            _run_slot(service, thread)
        except BaseException:
            try:
                text = traceback.format_exc()
                headline = f'internal error in the Python shim (pid {os.getpid()})'
                log.report('python.crashed', headline, text, leaving=True)
            finally:
                os._exit(_EXIT_INTERNAL_ERROR)

    return run


def _run_slot(service: Service, thread: int) -> None:
    """Connects, serves, and connects again to the next gateway; until DRAIN, or there is none."""
    pauses = _Pauses()
    stacks.announce(thread)
    while True:
        try:
            if _serve_connection(service, thread, pauses):
                return
        except (Exception, KeyboardInterrupt) as error:
            _tolerate(service, error)


def _tolerate(service: Service, error: BaseException) -> None:
    """Reports what a signal handler of the application's has raised in our code; raises the rest.

    Python runs these handlers in the main thread, whatever it does: a time limit that ends right
    after its request would otherwise cost the worker, and all that its other threads run.
    """
    if not blame.is_of_the_application(error):
        raise error
    headline = f'{service.worker_name}: exception between two requests'
    text = log.format_application_error(error)
    log.report('application.raised', headline, text, log.error_fields(error))


class _Pauses:
    """How long a slot waits before it connects again, and what it has said of the last try."""

    def __init__(self) -> None:
        self.seconds = _PAUSE_MIN_SECONDS
        self.said = ''

    def take(self) -> None:
        """Waits; the next pause is longer."""
        seconds, self.seconds = self.seconds, min(self.seconds * 2, _PAUSE_MAX_SECONDS)
        time.sleep(seconds)


def _serve_connection(service: Service, thread: int, pauses: _Pauses) -> bool:
    """Connects, serves until the connection is lost, and waits; True: there is nothing more to do.
    """
    try:
        channel = connect(service, str(thread), ClaimPipe())
        pauses.said = ''
    except OSError as error:
        if error.errno == _CHANNEL_CLOSED:
            return True
        channel = None
        said = f'cannot connect to the gateway: {error.strerror}'
        if said != pauses.said:
            pauses.said = said
            log.say(f'{service.worker_name}: {said}; it is tried again and again')
    if channel is not None:
        served_from = time.monotonic()
        try:
            if _serve_channel(service, channel):
                return True
        except ChannelClosed:
            pass
        except frames.FrameError as error:
            log.say(f'{service.worker_name}: the gateway broke the protocol: {error}')
        finally:
            channel.close()
        own.demand_intact(service.worker_name, _EXIT_DESCRIPTORS_LOST)
        if time.monotonic() - served_from > _PAUSE_MAX_SECONDS:
            pauses.seconds = _PAUSE_MIN_SECONDS
    pauses.take()
    return False


def connect(service: Service, thread: str, claims: ClaimPipe | None) -> Channel | None:
    """A channel that has said HELLO, or None; the listener is the master's, so it comes back.

    Raises OSError where this process cannot make a connection.
    """
    connection = None
    try:
        connection = open_socket(SOCK_STREAM)
        own.hold(connection)
        identity = [service.token, service.generation, service.slot, thread, os.getpid()]
        hello = [frames.VERSION, *identity, *([] if claims is None else [claims.number])]
        connection.connect(b'\0' + service.channel_name.encode())
        payload = frames.encode_strings(str(item) for item in hello)
        connection.sendall(frames.encode_frame(frames.HELLO, payload), MSG_NOSIGNAL)
    except OSError as error:
        leave_application_child()
        if claims is not None:
            claims.close()
        if connection is not None:
            own.release(connection)
        if connection is None or error.errno not in _GATEWAY_GONE:
            raise
        return None
    return Channel(connection, claims)


def _serve_channel(service: Service, channel: Channel) -> bool:
    """True when drained, False when the channel was lost in a request."""
    while True:
        kind, flags, payload = channel.next_frame()
        if kind == frames.REQUEST:
            if flags & frames.SENT_AHEAD and not channel.claim():
                channel.skip()
                continue
            service.answer(channel, flags, payload)
            if service.after_request is not None:
                service.after_request()
            if channel.is_closed:
                return False
        elif kind == frames.SIGNAL:
            _handle_signal(service, channel, payload[0])
            if channel.is_closed:
                return False
        elif kind == frames.DRAIN:
            return True
        elif kind == frames.REOPEN_LOG:
            log.reopen(service.log_file)
        elif kind not in (frames.CANCEL, frames.BODY, frames.BODY_END):
            raise frames.FrameError(f'{frames.NAMES[kind]} came from the gateway')


def _handle_signal(service: Service, channel: Channel, number: int) -> None:
    started = time.perf_counter()
    service.handle_signal(number)
    leave_application_child()
    microseconds = int((time.perf_counter() - started) * 1_000_000)
    try:
        channel.send(frames.encode_end(frames.COMPLETE, microseconds, 0))
    except ClientGone:
        pass  # The gateway is gone; the slot sees that the channel is closed.
