"""The metrics: uwsgi.metric_get and others, with uWSGI's return values.

Those of the configuration can be changed; those of workers (worker.1.requests) are read from the
scoreboard, with enable-metrics. Of one that is not there metric_get gives 0, the others None.
"""

from __future__ import annotations

from typing import Any, Callable

from ...state.metric import Metric
from ...state.scoreboard import Row
from ..here import Functions, Here
from ..instance import memory_of
from .cache import whole

_OF_WORKER: dict[str, Callable[[Row], int]] = {
    'requests': lambda row: row.requests,
    'delta_requests': lambda row: row.requests,
    'failed_requests': lambda row: row.exceptions,
    'respawns': lambda row: max(row.spawns - 1, 0),
    'avg_response_time': lambda row: row.average,
    'total_tx': lambda row: row.sent,
    'running_time': lambda row: row.microseconds,
    'rss_size': lambda row: memory_of(str(row.pid))[0],
    'vsz_size': lambda row: memory_of(str(row.pid))[1],
}


def functions(here: Here) -> Functions:
    """By name."""
    metrics = here.shared.metrics

    def metric_get(name: str) -> int:
        """The number; 0 where there is no such metric."""
        known = metrics.get(_named(name, 'metric_get'))
        return _of_workers(here, name) if known is None else known.get()

    return {
        'metric_get': metric_get,
        'metric_set': _calculation(metrics, 'metric_set', 1, lambda _number, by: by),
        'metric_inc': _calculation(metrics, 'metric_inc', 1, lambda number, by: number + by),
        'metric_dec': _calculation(metrics, 'metric_dec', 1, lambda number, by: number - by),
        'metric_mul': _calculation(metrics, 'metric_mul', 1, lambda number, by: number * by),
        'metric_div': _calculation(metrics, 'metric_div', 1, _divided),
        'metric_set_max': _calculation(metrics, 'metric_set_max', 1, max),
        'metric_set_min': _calculation(metrics, 'metric_set_min', 1, min),
    }


def _calculation(
    metrics: dict[str, Metric], name: str, usual: int, change: Callable[[int, int], int]
) -> Any:
    def calculate(metric: str, amount: int = usual) -> bool | None:
        """Changes a metric in one step; None where there is none of that name."""
        by, known = whole(amount), metrics.get(_named(metric, name))
        if known is None or (by == 0 and name == 'metric_div'):
            return None
        known.change(lambda before: change(before, by))
        return True

    calculate.__name__ = calculate.__qualname__ = name
    return calculate


def _divided(number: int, by: int) -> int:
    """As C divides, towards 0."""
    quotient = abs(number) // abs(by)
    return quotient if (number < 0) == (by < 0) else -quotient


def _of_workers(here: Here, name: str) -> int:
    """worker.N.what; N = 0 means all of them together."""
    parts = name.split('.')
    if 'enable-metrics' not in here.options or len(parts) != 3 or parts[0] != 'worker':
        return 0
    number, what = parts[1], _OF_WORKER.get(parts[2])
    rows = here.scoreboard.rows()
    if what is None or not (number.isascii() and number.isdigit()) or int(number) > len(rows):
        return 0
    chosen = rows if number == '0' else [rows[int(number) - 1]]
    return sum(what(row) for row in chosen)


def _named(name: Any, function: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f'{function}() argument 1 must be str, not {type(name).__name__}')
    return name
