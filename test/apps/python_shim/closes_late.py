"""Answers as the path says; close() returns when the file in the query string is there."""

import os
import time


class Body:
    def __init__(self, chunks, close):
        self.chunks = iter(chunks)
        self.close = close

    def __iter__(self):
        return self.chunks


class List(list):
    pass


def application(environ, start_response):
    how = environ['PATH_INFO'][1:]
    chunk = b'x' * 65536 if how.startswith('large') else b'hello'
    has_length = 'iterator' in how or 'large' in how
    length = [('Content-Length', str(len(chunk)))] if has_length or how == 'list' else []
    write = start_response('200 OK', length)

    def close():
        while not os.path.exists(environ['QUERY_STRING']):
            time.sleep(0.01)
        if how.endswith('-then-write'):
            write(b'more')

    if how == 'written':
        write(b'written, ')
        return [chunk]
    if 'iterator' in how:
        return Body([chunk, b'more'] if how == 'iterator-then-more' else [chunk], close)
    body = List([] if how.startswith(('empty', 'head')) else [chunk])
    if how != 'large-list':
        body.close = close
    return body
