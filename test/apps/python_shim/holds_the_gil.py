"""Computes in C without ever letting go of the GIL."""

import re


def application(environ, start_response):
    re.match(r'(a+)+$', 'a' * 64 + 'b')
    start_response('200 OK', [])
    return [b'never']
