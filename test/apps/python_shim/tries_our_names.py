"""Imports names that a server might have left importable; the answer tells that none is."""

import importlib

results = []
for name in ('uwsgi_module', 'launch', 'reeve_worker.missing'):
    try:
        importlib.import_module(name)
        results.append('found')
    except ImportError:
        results.append('ImportError')


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [' '.join(results).encode()]
