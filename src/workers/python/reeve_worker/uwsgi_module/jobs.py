"""Spoolers: tasks that are run later, beside requests."""

from __future__ import annotations

from .here import Functions, Here, refuse_all

_NOT_YET = 'spoolers are not supported yet; use a task queue beside the application'


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if 'spooler' not in here.options:
        return {}
    return {
        'spoolers': (),
        **refuse_all(
            'send_to_spooler set_spooler_frequency spool spooler_get_task spooler_jobs spooler_pid'
            ' spooler_pids',
            _NOT_YET,
        ),
    }
