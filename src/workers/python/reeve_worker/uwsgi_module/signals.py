"""Signals between processes, and what sends them: timers, cron entries, file monitors."""

from __future__ import annotations

from .here import Functions, Here, refuse_all

_NOT_YET = 'signals, timers and cron entries of the application are not supported yet'


def functions(_here: Here) -> Functions:
    """By name."""
    return {
        **refuse_all(
            'add_cron add_file_monitor add_rb_timer add_timer register_signal signal signal_wait',
            _NOT_YET,
        ),
        'signal_received': _signal_received,
        'signal_registered': _signal_registered,
    }


def _signal_received() -> int:
    """The number of the last signal that this process has waited for; 0: none."""
    return 0


def _signal_registered(_number: int) -> bool | None:
    """True where a signal has a handler, else None."""
    return None
