"""Does to its process what the arguments and the query string name; Reeve must survive or say why.

Arguments act at import: streams, descriptors, low-recursion, no-collector.
"""

import gc
import os
import sys

kept = []


class Silent:
    """A stream that can only be written to."""

    def write(self, text):
        return len(text)


class Ending(BaseException):
    """Not an Exception."""


class Unprintable(Exception):
    def __str__(self):
        raise Ending


class Nameless(type):
    def __getattribute__(cls, name):
        raise Ending


class Untouchable(Exception, metaclass=Nameless):
    def __getattribute__(self, name):
        raise Ending


if 'streams' in sys.argv:
    sys.stdout = sys.stderr = Silent()
if 'descriptors' in sys.argv:
    os.closerange(3, 1000)
if 'reused-descriptors' in sys.argv:
    os.closerange(3, 1000)
    kept += [open('/dev/null', 'rb') for _ in range(40)]
if 'low-recursion' in sys.argv:
    sys.setrecursionlimit(80)
if 'no-collector' in sys.argv:
    gc.disable()
if 'untouchable' in sys.argv:
    raise Untouchable


def overflow():
    return overflow() + 1


def raises_at_first(start_response):
    raise ValueError('before the first chunk')
    yield b''


def starts_late(start_response):
    yield b'too early'
    start_response('200 OK', [])


def application(environ, start_response):
    how = environ['QUERY_STRING']
    if how == 'overflow':
        overflow()
    if how == 'base-exception':
        raise Ending('out')
    if how == 'generator-exit':
        raise GeneratorExit
    if how == 'unprintable':
        raise Unprintable
    if how == 'untouchable':
        raise Untouchable
    if how == 'raises-at-first':
        return raises_at_first(start_response)
    if how == 'starts-late':
        return starts_late(start_response)
    if how == 'descriptors':
        os.closerange(3, 1000)
    if how == 'many-headers':
        start_response('200 OK', [(f'X-{number}', 'x' * 200) for number in range(100_000)])
        return [b'body']
    if how == 'odd-name':
        start_response('200 OK', [('X-\u20ac', 'a')])
        return [b'body']
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    if how == 'keeps-write':
        kept.append(write)
    if how == 'writes-late':
        try:
            kept[0](b'of an earlier request')
        except Exception as error:
            return [type(error).__name__.encode()]
    if how == 'errors':
        environ['wsgi.errors'].write('on wsgi.errors\n')
        environ['wsgi.errors'].flush()
    return [f'collector={gc.isenabled()}'.encode()]
