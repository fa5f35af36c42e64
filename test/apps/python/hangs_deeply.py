"""Hangs: /sleeps in a system call, /loops in Python, /holds-the-gil in C code."""

import re
import threading


def waits_here():
    threading.Event().wait()


def loops_here():
    while True:
        pass


def hangs(path):
    if path == '/sleeps':
        waits_here()
    if path == '/loops':
        loops_here()
    if path == '/holds-the-gil':
        re.match(r'(a+)+$', 'a' * 64 + 'b')


def application(environ, start_response):
    hangs(environ['PATH_INFO'])
    start_response('200 OK', [])
    return [b'']
