"""The records of Python's `logging`: their level, and those that no handler shows.

A record that a handler of the application writes to our streams is found on the stack
(`record_being_written`), so that the entry has its level. It is written as the application formats
it.

Records that reach the root logger while it has no handler are shown by a handler of ours. Without
it Python shows warnings and errors only where no handler at all has seen them: those of Django's
requests, with DEBUG = False, are seen by a handler that mails them to an empty list. Ours lies
beyond the root logger, where only `logging` itself meets it: `basicConfig()`, `dictConfig()` and a
framework that looks for handlers find what they would find without Reeve. So it can be there all
the time, and it is silent where the application has a handler at the root logger, or has shown a
record on our streams already.

`logging` is the application's module: it may have replaced any part of it. Then nothing is added.
"""

from __future__ import annotations

import sys
from _weakref import ref
from collections.abc import Iterator
from typing import Any

from . import log, running_request

_FRAMES_MAX = 20
# Records that were shown lately; a few threads may be at it at the same time.
_SHOWN_MAX = 32
_WARNING = 30
# The least level for each priority of the journal.
_PRIORITIES = ((50, 2), (40, 3), (30, 4), (20, 6))
_DEBUG_PRIORITY = 7

_shown: list[Any] = [lambda: None] * _SHOWN_MAX
_shown_count = 0
_is_used = False


def take_records() -> None:
    """From now on records are looked for on the stack (log-python)."""
    global _is_used
    _is_used = True


def record_being_written() -> Any:
    """The record that the calling code is about to write, None where it is no handler's.

    loguru's are dictionaries.
    """
    if not _is_used:
        return None
    frame = sys._getframe(3)
    for _ in range(_FRAMES_MAX):
        if frame is None:
            return None
        if frame.f_code.co_name == 'handleError':
            return None  # It is not written: the handler has failed.
        if frame.f_code.co_name == 'emit':
            record = frame.f_locals.get('record')
            if isinstance(_level(record), int):
                return record
        frame = frame.f_back  # type: ignore[assignment]
    return None


def note_shown(record: Any) -> None:
    """Remembers that the application has written this record to our streams."""
    global _shown_count
    try:
        _shown[_shown_count % _SHOWN_MAX] = ref(record)
        _shown_count += 1
    except TypeError:
        pass  # A dictionary of loguru's, whose records come nowhere else.


def send(record: Any, text: str) -> bool:
    """Sends a record as an entry; False where the log has lines only."""
    error = _error_of(record)
    if error is not None:
        running_request.note_failure(log.error_in_words(error))
    more = running_request.fields() + _fields(record)
    return log.send_for_application('application.logged', _priority(_level(record)), text, more)


def add_handler() -> None:
    """After the import of the application, where it has imported `logging`."""
    logging: Any = sys.modules.get('logging')
    if not _is_used or logging is None:
        return
    try:
        root = logging.root
        if type(root) is logging.RootLogger and root.parent is None:
            root.parent = _beyond(logging, root)
    except Exception:
        pass  # It is not what it is elsewhere.


def _beyond(logging: Any, root: Any) -> Any:
    """A parent for the root logger; its handler is seen by Logger.callHandlers() only."""

    class Handler(logging.Handler):  # type: ignore[misc]
        """Shows what no other handler does."""

        def createLock(self) -> None:
            """None is needed: an entry is written by one call."""
            self.lock = None

        def handle(self, record: Any) -> Any:
            try:
                self.emit(record)
            except Exception:
                self.handleError(record)
            return record

        def emit(self, record: Any) -> None:
            if not root.handlers and not _is_shown(record) and _is_ours(logging, root, record):
                text = self.format(record)
                if not send(record, text):
                    log.write_for_application(f'{text}\n')

    handler = Handler()
    handler.formatter = logging.Formatter('%(message)s')

    class Beyond(logging.Logger):  # type: ignore[misc]
        """The end of every chain of loggers."""

        @property
        def handlers(self) -> list[Any]:
            asks = sys._getframe(1).f_code.co_name
            return [handler] if asks == 'callHandlers' else []

        @handlers.setter
        def handlers(self, _handlers: list[Any]) -> None:
            pass

    return Beyond('reeve')


def _is_shown(record: Any) -> bool:
    return any(shown() is record for shown in list(_shown))


def _is_ours(logging: Any, root: Any, record: Any) -> bool:
    """Warnings and errors; below, only what no handler of the application has been given."""
    if record.levelno >= _WARNING:
        return True
    return not any(
        handler.level <= record.levelno and type(handler) is not logging.NullHandler
        for handler in _handlers_for(root, record.name)
    )


def _handlers_for(root: Any, name: str) -> Iterator[Any]:
    logger = root.manager.loggerDict.get(name)
    while logger is not None and logger is not root:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def _level(record: Any) -> Any:
    if type(record) is dict:
        return getattr(record.get('level'), 'no', None)
    return getattr(record, 'levelno', None)


def _priority(level: int) -> int:
    for least, priority in _PRIORITIES:
        if level >= least:
            return priority
    return _DEBUG_PRIORITY


def _fields(record: Any) -> list[tuple[str, str]]:
    """Where it was logged, by the journal's names; loguru's records have none here."""
    if type(record) is dict:
        return []
    found = []
    names = (
        ('REEVE_LOGGER', 'name'),
        ('CODE_FILE', 'pathname'),
        ('CODE_LINE', 'lineno'),
        ('CODE_FUNC', 'funcName'),
    )
    for field, name in names:
        value = getattr(record, name, None)
        if value and isinstance(value, (str, int)):
            found.append((field, str(value)))
    error = _error_of(record)
    if error is not None:
        found += [each for each in log.error_fields(error) if each[0] == 'REEVE_EXCEPTION']
    return found


def _error_of(record: Any) -> BaseException | None:
    info = getattr(record, 'exc_info', None)
    if type(info) is tuple and len(info) > 1 and isinstance(info[1], BaseException):
        return info[1]
    return None
