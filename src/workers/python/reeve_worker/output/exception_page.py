"""The page of `catch-exceptions`: an exception with its traceback, and the request, for the client.

Its parts are those of uWSGI's page. Bytes that the client sent stand in it as they came.
"""

from __future__ import annotations

import traceback

from . import log

STATUS = '500 Internal Server Error'


def page_of(error: BaseException, what: str, environ: dict[str, str]) -> bytes:
    """`what` is the request in words, `environ` its variables."""
    name, message = log.class_name(error), _message_of(error)
    kind = name if '.' in name else f'builtins.{name}'
    parts = [
        f'exceptions catcher for "{what}" (catch-exceptions = true)\n\n',
        f'Exception: {kind}: {message}\n\n',
        f'Exception class: {kind}\n\n',
        f'Exception message: {message}\n\n',
        f'Backtrace:\n{_backtrace_of(error)}\n\n',
    ]
    variables = ''.join(f'{name} = {value}\n' for name, value in environ.items())
    return ''.join(parts).encode('utf-8', 'backslashreplace') + variables.encode(
        'latin-1', 'backslashreplace'
    )


def headers_for(page: bytes) -> list[tuple[str, str]]:
    """Plain text, which no browser takes for anything else."""
    return [
        ('Content-Type', 'text/plain; charset=utf-8'),
        ('X-Content-Type-Options', 'nosniff'),
        ('Cache-Control', 'no-store'),
        ('Content-Length', str(len(page))),
    ]


def _message_of(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ''  # Its class raises when it is asked.


def _backtrace_of(error: BaseException) -> str:
    try:
        frames = traceback.extract_tb(log.application_frames(log.traceback_of(error)))
        return ''.join(
            f'filename: "{frame.filename}" line: {frame.lineno} function: "{frame.name}"'
            f' text/code: "{frame.line}" \n'
            for frame in frames
        )
    except BaseException:
        return log.format_application_error(error)  # The application has broken `traceback`.
