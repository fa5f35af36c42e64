"""Computes in C without ever letting go of the GIL."""

import os
import re


def application(environ, start_response):
    os.write(2, b'holding the GIL\n')
    re.match(r'(a+)+$', 'a' * 64 + 'b')
    start_response('200 OK', [])
    return [b'never']
