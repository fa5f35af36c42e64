"""The metrics that all processes share."""

from __future__ import annotations

from ..here import Functions, Here, refuse_all

_NOT_YET = 'metrics are not supported yet'


def functions(_here: Here) -> Functions:
    """By name."""
    return refuse_all(
        'metric_dec metric_div metric_get metric_inc metric_mul metric_set metric_set_max metric_set_min',
        _NOT_YET,
    )
