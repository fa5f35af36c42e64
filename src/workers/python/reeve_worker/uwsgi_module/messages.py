"""Messages to mules and farms: bytes that one process of those that are meant takes, once.

They wait in shared memory, of which each mule and each farm has a mailbox, as have all mules
together. Nothing of it goes through the master.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from ..jobs.receiving import Receiver
from ..output import log
from ..state.c_library import WITHOUT_CTYPES
from ..state.mailbox import Mailbox
from .here import Functions, Here, as_data, as_text, refuse_all
from .signals import handle

_NAMES = 'farm_get_msg farm_msg mule_get_msg mule_msg'
_SAY_AGAIN_SECONDS = 10.0
# As in uWSGI: 0 is any mule.
_ANY = 0


def functions(here: Here) -> Functions:
    """By name."""
    farms = here.settings.farms

    def in_farm(name: str | None = None) -> bool | None:
        """True in a mule of the farm, or of any, else None."""
        names = list(farms) if name is None else [as_text(name, 'the farm')]
        return True if any(here.mule_id in farms.get(each, ()) for each in names) else None

    without_memory = bool(here.settings.mules) and not here.shared.mailboxes
    if without_memory:
        return {**refuse_all(_NAMES, WITHOUT_CTYPES), 'in_farm': in_farm}
    return {**_sending(here), **_receiving(here), 'in_farm': in_farm}


def _sending(here: Here) -> Functions:
    settings, mailboxes, full = here.settings, here.shared.mailboxes, _Full()

    def put(message: object, name: str) -> bool:
        """Raises ValueError for a message that the mailbox could never hold."""
        data = as_data(message, 'the message')
        mailbox = mailboxes[f'messages {name}']
        if len(data) > mailbox.longest:
            raise ValueError(
                f'a message to {name} has at most {mailbox.longest} bytes, and this one has'
                f' {len(data)}: raise mule-msg-size'
            )
        if mailbox.put(data):
            return True
        full.say(name, mailbox)
        return False

    def mule_msg(message: bytes, *mule: int | str | bytes) -> bool:
        """Sends to a mule by its number, to a farm by its name, or to any mule; False: full."""
        if not settings.mules:
            raise ValueError('no mule configured')
        if len(mule) > 1:
            raise TypeError(f'mule_msg() takes at most 2 arguments ({1 + len(mule)} given)')
        whom = mule[0] if mule else _ANY
        if isinstance(whom, (str, bytes)):
            return put(message, farm_named(whom))
        if not isinstance(whom, int):
            raise ValueError('invalid mule')
        if not 0 <= whom <= settings.mules:
            raise ValueError(f'invalid mule number: {whom} of {settings.mules}')
        return put(message, 'mules' if whom == _ANY else f'mule {int(whom)}')

    def farm_msg(farm: str, message: bytes) -> bool | None:
        """Sends to one mule of a farm; False where its mailbox is full."""
        return None if put(message, farm_named(farm)) else False

    def farm_named(name: object) -> str:
        text = as_text(name, 'the farm')
        if text not in settings.farms:
            raise ValueError(f'unknown farm: {text}')
        return f'farm {text}'

    return {'mule_msg': mule_msg, 'farm_msg': farm_msg}


def _receiving(here: Here) -> Functions:
    def mule_get_msg(
        signals: object = True, farms: object = True, buffer_size: int = 0, timeout: int = -1
    ) -> bytes | None:
        """Waits for a message, and runs handlers of signals meanwhile; b'' after the timeout.

        Messages come whole, so buffer_size says nothing. As in uWSGI, with signals=False the call
        returns None after a handler.
        """
        receiver = _receiver_of(here, 'mule')
        mailboxes = receiver.messages if farms else _without_farms(receiver.messages)
        until = None if timeout < 0 else time.monotonic() + timeout
        while True:
            got = receiver.receive(mailboxes, receiver.signals, until)
            if isinstance(got, int):
                handle(here, got, here.who)
                if not signals:
                    return None
            else:
                return got or b''

    def farm_get_msg() -> bytes | None:
        """Waits for a message to a farm of this mule."""
        receiver = _receiver_of(here, 'farm')
        mailboxes = _of_farms(receiver.messages)
        if not mailboxes:
            raise ValueError(f'mule {here.mule_id} is in no farm')
        got = receiver.receive(mailboxes, (), None)
        return got if isinstance(got, bytes) else None

    return {'mule_get_msg': mule_get_msg, 'farm_get_msg': farm_get_msg}


def _receiver_of(here: Here, what: str) -> Receiver:
    if here.mule_id == 0 or here.receiver is None:
        raise ValueError(f'you can receive {what} messages only in a mule !!!')
    return here.receiver


def _of_farms(mailboxes: Collection[Mailbox]) -> list[Mailbox]:
    return [each for each in mailboxes if each.name.startswith('messages farm ')]


def _without_farms(mailboxes: Collection[Mailbox]) -> list[Mailbox]:
    return [each for each in mailboxes if not each.name.startswith('messages farm ')]


class _Full:
    """Says that mailboxes are full: at once, then how many messages were refused meanwhile."""

    def __init__(self) -> None:
        self._refused = 0
        self._said_at = float('-inf')

    def say(self, name: str, mailbox: Mailbox) -> None:
        self._refused += 1
        if time.monotonic() < self._said_at + _SAY_AGAIN_SECONDS:
            return
        sentence = (
            f'the mailbox of {name} is full: {mailbox.waiting()} messages wait, and'
            f' {self._refused} were refused (mule-msg-size)'
        )
        log.say(sentence, 'message.refused')
        self._refused, self._said_at = 0, time.monotonic()
