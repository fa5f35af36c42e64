"""The metrics: uwsgi.metric_get and others, with uWSGI's return values.

Those of the configuration can be changed. Where there are any, or with enable-metrics, those that
uWSGI collects by itself (worker.1.requests, core.total_rss) can be read, from the scoreboard. Of
one that is not there metric_get gives 0, the others None.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from ...output import log
from ...state.scoreboard import Row
from ..here import Functions, Here
from ..instance import is_alive, memory_of
from .cache import whole

_OF_WORKER: dict[str, Callable[[Row], int]] = {
    'requests': lambda row: row.requests,
    'delta_requests': lambda row: row.requests - row.before,
    'failed_requests': lambda row: row.exceptions,
    'respawns': lambda row: row.spawns,
    'avg_response_time': lambda row: row.average,
    'total_tx': lambda row: row.sent,
    'running_time': lambda row: row.microseconds,
    'rss_size': lambda row: memory_of(str(row.pid))[0],
    'vsz_size': lambda row: memory_of(str(row.pid))[1],
}

_OF_ALL: dict[str, Callable[[list[Row]], int]] = {
    'core.busy_workers': lambda rows: sum(row.is_busy and is_alive(row.pid) for row in rows),
    'core.idle_workers': lambda rows: sum(not row.is_busy and is_alive(row.pid) for row in rows),
    'core.total_tx': lambda rows: sum(row.sent for row in rows),
    'core.total_running_time': lambda rows: sum(row.microseconds for row in rows),
    'core.avg_response_time': lambda rows: _average([row.average for row in rows]),
    'core.total_rss': lambda rows: sum(memory_of(str(row.pid))[0] for row in rows),
    'core.total_vsz': lambda rows: sum(memory_of(str(row.pid))[1] for row in rows),
}
_OF_ALL['rss_size'], _OF_ALL['vsz_size'] = _OF_ALL['core.total_rss'], _OF_ALL['core.total_vsz']
# Those of which workers know nothing: they are in the stats.
_OF_STATS = ('core.routed_signals', 'core.unrouted_signals', 'core.overloaded')
_OF_ONE = re.compile(r'worker\.([0-9]{1,6})\.(\w+)')
_COLLECTED = re.compile(r'worker\.[0-9]+\.(core\.[0-9]+\.)?\w+|socket\.[0-9]+\.listen_queue')
# So many names are kept, as an application may make them up.
_SAID_MAX = 100


def functions(here: Here) -> Functions:
    """By name."""
    metrics = here.shared.metrics

    def metric_get(name: str) -> int:
        """The number; 0 where there is no such metric."""
        known = metrics.get(_named(name, 'metric_get'))
        return _collected(here, name) if known is None else known.get()

    refuse = _Refusal(here)

    def calculation(name: str, change: Callable[[int, int], int]) -> Any:
        def calculate(metric: str, amount: int = 1) -> bool | None:
            """Changes a metric in one step; None where there is none of that name."""
            by, known = whole(amount), metrics.get(_named(metric, name))
            if known is None:
                return refuse(name, metric)
            if by == 0 and name == 'metric_div':
                return None
            known.change(lambda before: change(before, by))
            return True

        calculate.__name__ = calculate.__qualname__ = name
        return calculate

    return {
        'metric_get': metric_get,
        'metric_set': calculation('metric_set', lambda _number, by: by),
        'metric_inc': calculation('metric_inc', lambda number, by: number + by),
        'metric_dec': calculation('metric_dec', lambda number, by: number - by),
        'metric_mul': calculation('metric_mul', lambda number, by: number * by),
        'metric_div': calculation('metric_div', _divided),
        'metric_set_max': calculation('metric_set_max', max),
        'metric_set_min': calculation('metric_set_min', min),
    }


class _Refusal:
    """None, as in uWSGI; of a metric that Reeve itself counts the log says why, once."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._said: set[str] = set()

    def __call__(self, function: str, metric: str) -> None:
        if metric in self._said or not (_is_on(self._here) and _is_collected(metric)):
            return
        if len(self._said) < _SAID_MAX:
            self._said.add(metric)
            log.say(
                f'uwsgi.{function}: {metric} is counted by Reeve and cannot be changed; name a'
                ' metric of your own (metric = NAME)'
            )


def _divided(number: int, by: int) -> int:
    """As C divides, towards 0."""
    quotient = abs(number) // abs(by)
    return quotient if (number < 0) == (by < 0) else -quotient


def _is_on(here: Here) -> bool:
    """As in uWSGI, which collects none without the one or the other."""
    return 'enable-metrics' in here.options or bool(here.shared.metrics)


def _is_collected(name: str) -> bool:
    return name in _OF_ALL or name in _OF_STATS or _COLLECTED.fullmatch(name) is not None


def _collected(here: Here, name: str) -> int:
    """One that uWSGI collects; 0 where there is none of that name."""
    if not _is_on(here):
        return 0
    rows = here.scoreboard.rows()
    if of_all := _OF_ALL.get(name):
        return of_all(rows)
    found = _OF_ONE.fullmatch(name)
    if found is None:
        return 0
    number, what = int(found[1]), found[2]
    if number == 0:
        # Of worker 0, uWSGI counts requests alone: those of all.
        return sum(row.requests for row in rows) if what == 'requests' else 0
    of_worker = _OF_WORKER.get(what)
    return of_worker(rows[number - 1]) if of_worker and number <= len(rows) else 0


def _average(numbers: list[int]) -> int:
    """Of the workers that have run something."""
    counted = [number for number in numbers if number]
    return sum(counted) // len(counted) if counted else 0


def _named(name: Any, function: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f'{function}() argument 1 must be str, not {type(name).__name__}')
    return name
