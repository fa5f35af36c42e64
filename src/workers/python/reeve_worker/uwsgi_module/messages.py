"""Messages to mules and farms."""

from __future__ import annotations

from .here import Functions, Here, refuse_all

_NOT_YET = 'mules are not supported yet; use a systemd unit of its own for such a process'


def functions(_here: Here) -> Functions:
    """By name."""
    return {
        **refuse_all('farm_get_msg farm_msg mule_get_msg mule_msg', _NOT_YET),
        'in_farm': _in_farm,
    }


def _in_farm(_name: str = '') -> bool | None:
    """True in a mule of the farm, else None."""
    return None
