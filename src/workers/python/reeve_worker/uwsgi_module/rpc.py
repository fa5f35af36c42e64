"""Functions that the application registers by name, and calls by it: in the same process."""

from __future__ import annotations

from typing import Any, Callable

from .here import Functions, Here, as_data, as_text

_FAR = (
    'uwsgi.rpc: functions of another instance ({}) cannot be called; call it over HTTP, and leave'
    ' the first argument empty for a function of this process'
)
_NAME_BYTES_MAX = 255


def functions(_here: Here) -> Functions:
    """By name. A function that was registered before the fork is there in all processes."""
    known: dict[bytes, Callable[..., Any]] = {}

    def register_rpc(name: str, function: Callable[..., Any], _arguments: int = 0) -> bool:
        """Makes a function callable by name."""
        key = as_data(name, 'the name')
        if not callable(function):
            raise ValueError(f'{function!r} is not callable: it cannot be registered')
        if not key or len(key) > _NAME_BYTES_MAX:
            raise ValueError(f'the name of a function has 1 to {_NAME_BYTES_MAX} bytes')
        known[key] = function
        return True

    def rpc(node: str | None, name: str, *arguments: object) -> bytes | None:
        """Calls a function with bytes; returns the bytes that it returns."""
        if node:
            raise NotImplementedError(_FAR.format(as_text(node, 'the address')))
        return call(name, *arguments)

    def call(name: str, *arguments: object) -> bytes | None:
        """As rpc, in this process."""
        function = known.get(as_data(name, 'the name'))
        if function is None:
            raise ValueError('unable to call rpc function')
        result = function(*[as_data(each, 'an argument') for each in arguments])
        return None if result is None else as_data(result, 'what the function returns')

    def rpc_list() -> tuple[bytes, ...]:
        """The names."""
        return tuple(known)

    return {'register_rpc': register_rpc, 'rpc': rpc, 'call': call, 'rpc_list': rpc_list}
