"""The queue that all processes share."""

from __future__ import annotations

from ..here import Functions, Here, refuse_all

_NOT_YET = 'the shared queue is not supported yet'


def functions(here: Here) -> Functions:
    """By name, where the option is given, as in uWSGI."""
    if 'queue' not in here.options:
        return {}
    return refuse_all(
        'queue_get queue_last queue_pop queue_pull queue_pull_slot queue_push queue_set queue_slot',
        _NOT_YET,
    )
