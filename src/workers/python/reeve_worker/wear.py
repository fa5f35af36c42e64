"""When this worker has had enough: its memory has grown, or the application has raised.

It tells the master once, and serves on until the master has another in its place.
"""

from __future__ import annotations

import os
import time
from typing import Callable

from .control import WorkerLimits
from .output import log

_PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')
_MEGABYTE = 1_048_576
_LOOK_EVERY_SECONDS = 0.1
# What the kernel adds up for uss and pss may take milliseconds: at most this part of the time.
_LOOK_PART = 0.01
_NEVER = float('inf')


class Wear:
    """Looks at the memory after requests, and at what they raise; shared by the slots."""

    def __init__(self, limits: WorkerLimits, report: Callable[[str], None]) -> None:
        self._above = {name: size for name, size in limits.replace_above.items() if size > 0}
        self._limits = limits
        self._report = report
        self._is_told = False
        # Two threads may look at the same time: the master takes the first report.
        self._look_at = time.monotonic() + limits.min_lifetime_seconds

    def after_request(self) -> None:
        """To be called when a request has ended."""
        started = time.monotonic()
        if started < self._look_at:
            return
        reason = self._grown()
        if reason is not None:
            self._tell(reason)
            return
        ended = time.monotonic()
        self._look_at = ended + max(_LOOK_EVERY_SECONDS, (ended - started) / _LOOK_PART)

    def raised(self, error: BaseException) -> None:
        """To be called with what the application has raised."""
        if self._is_told:
            return
        option = self._option_for(error)
        if option is not None:
            self._tell(f'the application has raised {log.class_name(error)} ({option})')

    def _tell(self, reason: str) -> None:
        self._is_told = True
        self._look_at = _NEVER
        self._report(reason)

    def _grown(self) -> str | None:
        for name, size in self._above.items():
            has = _MEASURES[name]()
            if has >= size * _MEGABYTE:
                return f'{_WORDS[name]} {has // _MEGABYTE} MiB (reload-on-{name} = {size})'
        return None

    def _option_for(self, error: BaseException) -> str | None:
        if self._limits.exceptions_any:
            return 'reload-on-exception'
        name = log.class_name(error)
        for given in self._limits.exception_types:
            if given in (name, name.rpartition('.')[2], f'builtins.{name}'):
                return f'reload-on-exception-type = {given}'
        for what, texts, show in (
            ('value', self._limits.exception_values, str),
            ('repr', self._limits.exception_reprs, repr),
        ):
            text = _shown(error, show) if texts else None
            if text in texts:
                return f'reload-on-exception-{what} = {text}'
        return None


def wears(limits: WorkerLimits) -> bool:
    """Whether the memory is to be looked at."""
    return any(size > 0 for size in limits.replace_above.values())


def minds_exceptions(limits: WorkerLimits) -> bool:
    """Whether an exception can be a reason."""
    kinds = (limits.exception_types, limits.exception_values, limits.exception_reprs)
    return limits.exceptions_any or any(kinds)


def _shown(error: BaseException, show: Callable[[BaseException], str]) -> str | None:
    try:
        return show(error)
    except BaseException:
        return None  # Code of the application's.


def _pages(field: int) -> int:
    """Bytes in a field of /proc/self/statm; 0 when that cannot be read."""
    try:
        with open('/proc/self/statm', 'rb') as statm:
            return int(statm.read().split()[field]) * _PAGE_BYTES
    except OSError:
        return 0  # The application may have used up its descriptors, or changed the root.


def _added_up(*names: bytes) -> int:
    """Bytes in fields of /proc/self/smaps_rollup; 0 when that cannot be read."""
    total = 0
    try:
        with open('/proc/self/smaps_rollup', 'rb') as rollup:
            for line in rollup:
                name, _, rest = line.partition(b':')
                if name in names:
                    total += int(rest.split()[0]) * 1024
    except OSError:
        return 0
    return total


_MEASURES: dict[str, Callable[[], int]] = {
    'as': lambda: _pages(0),
    'rss': lambda: _pages(1),
    'uss': lambda: _added_up(b'Private_Clean', b'Private_Dirty', b'Private_Hugetlb'),
    'pss': lambda: _added_up(b'Pss'),
}
_WORDS = {
    'as': 'its address space is',
    'rss': 'its resident memory is',
    'uss': 'it has for itself alone',
    'pss': 'its share of the memory is',
}
