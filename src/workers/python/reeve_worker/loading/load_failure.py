"""Why an application did not load: one sentence for the operator, and its traceback.

The sentence names the step: no such file, no such module, an exception in the application's code,
it exited, no such callable. It offers the name that was probably meant.
"""

from __future__ import annotations

import binascii
import difflib
import os
import sys
import traceback
from typing import Any

from ..output.journal import Field
from . import callables
from ..output.log import (
    application_frames,
    class_name,
    error_fields,
    format_application_error,
    traceback_of,
)

_MODULE_SUFFIX = '.py'


class LoadFailure(Exception):
    """An application did not load. `text` is the traceback to show, '' when there is none.

    `files` are sources that take part though no loaded module names them; `fields` say in the
    journal where it was raised. `cause` is what the application's code raised.
    """

    cause: BaseException | None = None

    def __init__(
        self,
        sentence: str,
        text: str = '',
        files: list[str] | None = None,
        fields: list[Field] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.text = text
        self.files = files or []
        self.fields = fields or []

    def hash(self) -> str:
        """Equal for the same failure again."""
        data = (self.text or self.sentence).encode('utf-8', 'replace')
        return f'{binascii.crc32(data):08x}{len(data):08x}'


def of_import(name: str, error: BaseException) -> LoadFailure:
    """`import name` failed: the module is missing, or its code raised."""
    frames = application_frames(traceback_of(error))
    missing = error.name if type(error) is ModuleNotFoundError else None
    if frames is None and type(missing) is str and missing:
        if name == missing or name.startswith(missing + '.'):
            return LoadFailure(f'there is no module "{missing}"{_near_modules(missing)}')
    return of_execution(f'module "{name}"', error, [])


def of_path(path: str) -> LoadFailure:
    """A path, or `.name`, was named as the module."""
    file = path if os.path.isfile(path) else path + _MODULE_SUFFIX
    use = f'; for the file use wsgi-file = {file}' if os.path.isfile(file) else ''
    return LoadFailure(f'"{path}" is no name of a module: write names with dots between them{use}')


def of_file(path: str, error: OSError) -> LoadFailure:
    """The file could not be read."""
    if isinstance(error, FileNotFoundError):
        return LoadFailure(f'there is no file "{path}" in {os.getcwd()}')
    return LoadFailure(f'cannot read the file "{path}": {error.strerror}')


def of_execution(what: str, error: BaseException, files: list[str]) -> LoadFailure:
    """The application's own code raised, or exited."""
    try:
        sentence, more = _sentence_of(what, error), _files_of(error)
    except BaseException:
        # The exception's own class raises when it is asked what it is.
        sentence, more = f'{what} raised {class_name(error)}', []
    text = format_application_error(error)
    failure = LoadFailure(sentence, text, files + more, error_fields(error))
    failure.cause = error
    return failure


def _sentence_of(what: str, error: BaseException) -> str:
    if isinstance(error, SystemExit):
        code = 0 if error.code is None else error.code
        # sys.exit("no database"): Python prints the text, and the code is 1.
        how = f'code {code}' if type(code) in (int, bool) else f'"{" ".join(str(code).split())}"'
        return f'the application exited with {how} while it was imported ({what})'
    headline = ' '.join(traceback.format_exception_only(type(error), error)[-1].split())
    where = _environment_in_words() if type(error) is ModuleNotFoundError else ''
    return f'{what} raised {headline}{_place(error)}{where}'


def of_missing_package(what: str, package: str) -> LoadFailure:
    """Something that an option names is not installed."""
    return LoadFailure(f'{what} needs the package {package}{_environment_in_words()}')


def _environment_in_words() -> str:
    """Where a module was looked for: mostly it is installed in another place."""
    version = sys.version.split()[0]
    environment = virtual_environment()
    if environment:
        return f'; Python {version} of the virtual environment {environment} has no such module'
    other = 'if it is in a virtual environment, name that with home ='
    return f'; Python {version} ({sys.executable}) has no such module: {other}'


def virtual_environment() -> str:
    """The directory of the virtual environment, '' where it is none."""
    return sys.prefix if sys.prefix != sys.base_prefix else ''


def of_missing_callable(where: str, name: str, module: Any) -> LoadFailure:
    """The module has no such name; says which of its names looks like an application."""
    hint = _hint(module) or _factory_hint(module) or _submodule_hint(module)
    if not hint and type(callables.names_in(module).get('applications')) is dict:
        hint = '; a dictionary "applications" is not read: use the option mount for each of them'
    return LoadFailure(f'there is no callable "{name}" in {where}{_elsewhere(module)}{hint}')


def of_wrong_callable(where: str, fault: str, module: Any) -> LoadFailure:
    """What has that name is no WSGI application; `fault` says what it is."""
    return LoadFailure(f'{where}{fault}{_hint(module)}')


def _hint(module: Any) -> str:
    names = [f'"{name}"' for name in callables.candidates(module)]
    return f'; did you mean {" or ".join(names)}?' if names else ''


def of_arguments(where: str, call: str) -> LoadFailure:
    """`create_app("x")` was named as the callable."""
    return LoadFailure(
        f'"{call}" in {where}: a callable is called without arguments only; {_own_file(call)}'
    )


def needs_arguments(name: str, function: Any) -> str:
    """`; "create_app" needs the argument config…`; '' where it needs none, or is not known."""
    needed = callables.needed_arguments(function)
    if not needed:
        return ''
    some = f'argument{"s" if len(needed) > 1 else ""} {", ".join(needed)}'
    return f'; "{name}" needs the {some}: {_own_file(f"{name}(…)")}'


def _own_file(call: str) -> str:
    return f'write a file with the line application = {call}, and name that file'


def _factory_hint(module: Any) -> str:
    names = callables.names_in(module)
    for name in callables.FACTORY_NAMES:
        hint = needs_arguments(name, names.get(name))
        if hint:
            return hint
    return ''


def _submodule_hint(module: Any) -> str:
    """`; did you mean the module "mysite.wsgi"?` when a package was named in its place."""
    names = callables.names_in(module)
    folder, package = names.get('__file__'), names.get('__name__')
    if type(folder) is not str or os.path.basename(folder) != '__init__.py':
        return ''
    for last in ('wsgi', 'app', 'application', 'main'):
        if os.path.isfile(os.path.join(os.path.dirname(folder), last + _MODULE_SUFFIX)):
            return f'; did you mean the module "{package}.{last}"?'
    return ''


def _elsewhere(module: Any) -> str:
    """` (/usr/lib/python3/site.py, …)`: the module is not one of the operator's files."""
    names = callables.names_in(module)
    file, name = names.get('__file__'), names.get('__name__')
    if type(file) is not str or type(name) is not str:
        return ''
    file = os.path.abspath(file)
    own = os.path.abspath(name.replace('.', os.sep) + _MODULE_SUFFIX)
    if file == own or file.startswith(os.getcwd() + os.sep):
        return ''
    hides = f', which has the same name as {own}: rename yours' if os.path.isfile(own) else ''
    return f' ({file}{hides})'


def _near_modules(missing: str) -> str:
    """`; did you mean "flask-app"?` when a file in the working directory is close to that name."""
    parent, _, last = missing.rpartition('.')
    if parent and last == _MODULE_SUFFIX[1:]:
        return f'; did you mean "{parent}"? A module is named without {_MODULE_SUFFIX}'
    if last in callables.names_in(sys.modules.get(parent)):
        return f'; did you mean "{parent}:{last}"?'
    folder = os.path.join('.', *parent.split('.')) if parent else '.'
    try:
        entries = os.listdir(folder)
    except OSError:
        entries = []
    modules = [entry[: -len(_MODULE_SUFFIX)] for entry in entries if entry.endswith(_MODULE_SUFFIX)]
    modules += [
        entry for entry in entries if os.path.isfile(os.path.join(folder, entry, '__init__.py'))
    ]
    near = difflib.get_close_matches(last, modules, 1, 0.7)
    if near:
        return f'; did you mean "{f"{parent}." if parent else ""}{near[0]}"?'
    return f' in {os.getcwd()} or on the Python path'


def _place(error: BaseException) -> str:
    """` (flask-app.py:3)`: the innermost line in the working directory, else the innermost."""
    if isinstance(error, SyntaxError):
        return f' ({os.path.relpath(error.filename)}:{error.lineno})' if error.filename else ''
    frames = traceback.extract_tb(application_frames(traceback_of(error)))
    if not frames:
        return ''
    here = os.getcwd() + os.sep
    own = [frame for frame in frames if os.path.abspath(frame.filename).startswith(here)]
    frame = (own or frames)[-1]
    return f' ({os.path.relpath(frame.filename) if own else frame.filename}:{frame.lineno})'


def _files_of(error: BaseException) -> list[str]:
    """Sources that the traceback goes through: a module that failed is not in sys.modules."""
    frames = traceback.extract_tb(application_frames(traceback_of(error)))
    files = [frame.filename for frame in frames if not frame.filename.startswith('<')]
    if isinstance(error, SyntaxError) and error.filename:
        files.append(error.filename)
    return [os.path.abspath(file) for file in files]
