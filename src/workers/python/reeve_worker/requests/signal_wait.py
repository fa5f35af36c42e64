"""A request that waits for a signal: `uwsgi.signal_wait`.

It makes one more connection to the gateway, which then gives it signals before all idle slots.
Handlers run here, in the thread of the request.
"""

from __future__ import annotations

import os

from . import request_frames as frames
from .channel import ChannelClosed, ClientGone, leave_application_child
from .serve import Service, connect


def wait_for_signal(service: Service, wanted: int | None) -> int:
    """Runs the handlers of signals until one, or the wanted one, has come; returns its number.

    Raises SystemError, as uWSGI does, where the worker is to leave.
    """
    name = 'signals' if wanted is None else f'signals {wanted}'
    try:
        channel = connect(service, name, None)
    except OSError as error:
        raise _failure(os.strerror(error.errno or 0)) from None
    if channel is None:
        raise _failure('the gateway has gone')
    try:
        while True:
            kind, _, payload = channel.next_frame()
            if kind != frames.SIGNAL:
                raise _failure(f'worker {service.slot} is to leave, as at a stop or a reload')
            service.handle_signal(payload[0])
            leave_application_child()
            if wanted is None or wanted == payload[0]:
                return payload[0]
            channel.send(frames.encode_end(frames.COMPLETE, 0, 0))
    except (ChannelClosed, ClientGone):
        raise _failure('the gateway has gone') from None
    finally:
        channel.close()


def _failure(why: str) -> SystemError:
    return SystemError(f'error waiting for signal: {why}')
