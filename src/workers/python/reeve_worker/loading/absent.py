"""What stands in the place of an application that did not load (need-app = false, several mounts).

Its requests are answered 500 by the gateway; the others serve.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from ..control import ApplicationSource
from ..output import log
from .load_failure import LoadFailure


class NotLoaded(Exception):
    """A request came for it. Why it did not load was logged then."""


class Absence(NamedTuple):
    """One application that did not load, by its number."""

    number: int
    source: ApplicationSource
    failure: LoadFailure


def absent_application(_environ: dict[str, Any], _start_response: Any) -> NoReturn:
    """Raises NotLoaded, whatever is asked."""
    raise NotLoaded


def report(absences: list[Absence]) -> None:
    """Logs why each did not load, with its traceback."""
    for _, source, failure in absences:
        what = f'mount {source.mount}' if source.mount else 'the default application'
        until = 'until a reload loads it, as need-app = false asks'
        headline = f'{failure.sentence}: requests for {what} are answered 500 {until}'
        log.report('application.absent', headline, failure.text, failure.fields)
