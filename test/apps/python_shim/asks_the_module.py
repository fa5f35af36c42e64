"""Answers with the value of an expression in the query, about the module `uwsgi`."""

import os
import time
from urllib.parse import unquote

import uwsgi

AT_IMPORT = (uwsgi.worker_id(), uwsgi.masterpid())
HOOKS = []


def note(what):
    """For hooks, which are called with no arguments."""

    def hook():
        HOOKS.append((what, uwsgi.worker_id()))

    return hook


uwsgi.post_fork_hook = note('post_fork')
uwsgi.after_req_hook = note('after_req')


def farewell():
    print('farewell of worker', uwsgi.worker_id(), flush=True)


uwsgi.atexit = farewell


def application(environ, start_response):
    """An exception is answered by its type and text."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    names = {**globals(), 'environ': environ}
    try:
        result = repr(eval(unquote(environ['QUERY_STRING']), names))
    except Exception as error:
        result = f'{type(error).__name__}: {error}'
    return [result.encode()]
