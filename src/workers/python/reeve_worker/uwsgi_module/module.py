"""Puts the module together and makes it importable: in this process and its forks, nowhere else.

It stands in `sys.modules` before the application is loaded, as under uWSGI: a command that the
application's developers run beside the server still finds no module of that name.
"""

from __future__ import annotations

import sys

from . import facts, instance, jobs, messages, missing, requests, rpc, signals
from .here import Functions, Here
from .shared import cache, locks, metrics, queue, sharedarea

# In this order; a family whose option is not given may have no functions, as in uWSGI.
_FAMILIES = (
    facts,
    instance,
    requests,
    cache,
    locks,
    sharedarea,
    metrics,
    queue,
    jobs,
    signals,
    rpc,
    messages,
    missing,
)


def install(here: Here) -> None:
    """Fills the module and puts it where `import uwsgi` finds it."""
    names = vars(here.module)
    for family in _FAMILIES:
        functions: Functions = family.functions(here)
        for name, value in functions.items():
            if callable(value) and getattr(value, '__module__', None) is not None:
                value.__module__ = 'uwsgi'
                value.__qualname__ = value.__name__
        names.update(functions)
    sys.modules['uwsgi'] = here.module
