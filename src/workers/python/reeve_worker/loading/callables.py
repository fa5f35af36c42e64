"""What an object is as an application, told without running any code of the application.

A module may hold objects that run code, and fail, whatever they are asked for: the proxies of Flask
outside of a request, objects that connect to a database when they are touched. So nothing here asks
an object for an attribute: it looks at types, at the namespaces of modules and classes, and at
functions, whose attributes are Python's own.
"""

from __future__ import annotations

import types
from functools import partial
from typing import Any, NamedTuple

_USUAL_NAMES = ('application', 'app', 'api', 'wsgi', 'wsgi_app', 'server', 'main')
FACTORY_NAMES = ('create_app', 'make_app', 'get_app', 'create_application', 'make_application')
_OFFERED_MAX = 3

# What a class says of itself, past a metaclass that answers in its place.
_name_of = type.__dict__['__name__'].__get__
_bases_of = type.__dict__['__mro__'].__get__
_names_in_class = type.__dict__['__dict__'].__get__
_names_in_module = types.ModuleType.__dict__['__dict__'].__get__

# Flags of compiled code, as the module `inspect` names them.
_CO_VARARGS = 0x04
_CO_COROUTINE = 0x80
_CO_ASYNC_GENERATOR = 0x200
_COROUTINE_MARK = '_is_coroutine_mark'  # inspect.markcoroutinefunction


class _Code(NamedTuple):
    """A function that a call would run; `bound` of its parameters are given already."""

    function: types.FunctionType
    bound: int


def names_in(module: Any) -> dict[str, Any]:
    """The namespace of a module; empty for another object that stands in its place."""
    names: dict[str, Any] = _names_in_module(module) if _is(module, types.ModuleType) else {}
    return names


def fault_of(found: Any) -> str:
    """Why the object cannot be a WSGI application: ` is not callable…`; '' where it may be one."""
    if not callable(found):
        return f' is not callable: it is {_with_article(_name_of(type(found)))}'
    if _is(found, type):
        return _fault_of_class(found)
    code = _code_of(found)
    if code is None:
        return ''
    if _is_async(code.function) or _parameters(code)[:3] == ['scope', 'receive', 'send']:
        of_class = '' if _is_function(found) else f' of class {_name_of(type(found))}'
        return f' is an ASGI application{of_class}: ASGI is not supported yet, only WSGI'
    if not _takes_two(code):
        few = _parameters(code)
        takes = f'({", ".join(few)})' if few else 'no arguments'
        needed = 'a WSGI application is called with two (environ, start_response)'
        return f' is a function that takes {takes}, and {needed}'
    return ''


def candidates(module: Any) -> list[str]:
    """Names in the module that look like an application: usual names first, then factories."""
    names = names_in(module)
    usual = [name for name in _USUAL_NAMES if name in names and _may_serve(names[name])]
    public = [name for name in names if type(name) is str and not name.startswith('_')]
    others = [
        name for name in public if name not in usual and _surely_serves(names[name], names)
    ]
    factories = [f'{name}()' for name in FACTORY_NAMES if _is_factory(names.get(name))]
    return (usual + others + factories)[:_OFFERED_MAX]


def _fault_of_class(found: Any) -> str:
    """A class may be an application: PEP 3333 makes an iterator of each request of it."""
    call = _function_in(found, '__call__')
    if call is None or _in_class(found, '__iter__') is not None:
        return ''
    if _is_async(call):
        return ' is a class of ASGI applications: ASGI is not supported yet, only WSGI'
    if _is_wsgi_call(_Code(call, 1)):
        return ' is a class: name an application that was made of it'
    return ''


def _may_serve(value: Any) -> bool:
    """Enough for a usual name. A class is not offered: it was imported to make the application."""
    if not callable(value) or _is(value, type) or _is_proxy(value):
        return False
    code = _code_of(value)
    return code is not None and fault_of(value) == ''


def _surely_serves(value: Any, names: dict[str, Any]) -> bool:
    """An object of a framework, or a function of this module that has WSGI's parameters."""
    if not _may_serve(value):
        return False
    if type(value) is types.FunctionType:
        return value.__globals__ is names and _is_wsgi_call(_Code(value, 0))
    code = _code_of(value)
    has_method = _in_class(type(value), 'wsgi_app') is not None
    return has_method or (code is not None and _is_wsgi_call(code))


def _is_factory(value: Any) -> bool:
    if type(value) is not types.FunctionType or _is_async(value):
        return False
    return _least_arguments(value) == 0 and _needs_no_keywords(value)


def needed_arguments(value: Any) -> list[str]:
    """The parameters of a function without a default; empty for what is no plain function."""
    if type(value) is not types.FunctionType:
        return []
    code = value.__code__
    first = code.co_argcount
    needed = code.co_varnames[: _least_arguments(value)]
    given = value.__kwdefaults__ or {}
    by_name = code.co_varnames[first : first + code.co_kwonlyargcount]
    return [*needed, *(name for name in by_name if name not in given)]


def _is(value: Any, kind: type) -> bool:
    """As isinstance, which would ask the object itself too."""
    return kind in _bases_of(type(value))


def _is_function(value: Any) -> bool:
    return type(value) in (types.FunctionType, types.MethodType, partial)


def _is_proxy(value: Any) -> bool:
    """Of werkzeug, wrapt, lazy_object_proxy, Django: it stands for another object."""
    return any(
        _name_of(base).endswith(('Proxy', 'LazyObject')) for base in _bases_of(type(value))
    )


def _code_of(value: Any) -> _Code | None:
    """What a call of the object runs; None where that is no function in Python, or not known."""
    bound, has_keywords = 0, False
    while type(value) in (types.MethodType, partial):
        if type(value) is partial:
            has_keywords = has_keywords or bool(value.keywords)
            bound, value = bound + len(value.args), value.func
        else:
            bound, value = bound + 1, value.__func__
    function = value
    if type(value) is not types.FunctionType:
        bound, function = bound + 1, _function_in(type(value), '__call__')
    if function is None or (has_keywords and not _is_async(function)):
        return None
    return _Code(function, bound)


def _in_class(kind: type, name: str) -> Any:
    """What an object of the class has by that name, None without."""
    for base in _bases_of(kind):
        names = _names_in_class(base)
        if name in names:
            return names[name]
    return None


def _function_in(kind: type, name: str) -> types.FunctionType | None:
    found = _in_class(kind, name)
    return found if type(found) is types.FunctionType else None


def _is_async(function: types.FunctionType) -> bool:
    flags = function.__code__.co_flags & (_CO_COROUTINE | _CO_ASYNC_GENERATOR)
    return flags != 0 or _COROUTINE_MARK in function.__dict__


def _parameters(code: _Code) -> list[str]:
    """Those that a call gives by their place."""
    compiled = code.function.__code__
    return list(compiled.co_varnames[code.bound : compiled.co_argcount])


def _is_wsgi_call(code: _Code) -> bool:
    return _parameters(code)[:2] in (['environ', 'start_response'], ['env', 'start_response'])


def _takes_two(code: _Code) -> bool:
    function, given = code.function, code.bound + 2
    takes_more = function.__code__.co_flags & _CO_VARARGS != 0
    if given > function.__code__.co_argcount and not takes_more:
        return False
    return _least_arguments(function) <= given and _needs_no_keywords(function)


def _least_arguments(function: types.FunctionType) -> int:
    return function.__code__.co_argcount - len(function.__defaults__ or ())


def _needs_no_keywords(function: types.FunctionType) -> bool:
    return function.__code__.co_kwonlyargcount <= len(function.__kwdefaults__ or {})


def _with_article(name: str) -> str:
    return f'an {name}' if name[:1].lower() in 'aeiou' else f'a {name}'
