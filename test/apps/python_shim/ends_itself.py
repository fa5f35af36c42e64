"""Ends as the query string says: SystemExit, KeyboardInterrupt, os._exit, a segmentation fault."""

import ctypes
import os


def application(environ, start_response):
    how = environ['QUERY_STRING']
    if how == 'exit':
        raise SystemExit(7)
    if how == 'interrupt':
        raise KeyboardInterrupt
    if how == 'os-exit':
        os._exit(9)
    if how == 'segfault':
        ctypes.string_at(0)
    if how == 'raise':
        environ['REQUEST_URI'] = environ['PATH_INFO'] = '/elsewhere'
        raise RuntimeError('not today')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'alive']
