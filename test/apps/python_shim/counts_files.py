"""Tells which files' functions ran since the answer before the last one."""

import os
import sys

files = set()


def note(frame, event, _argument):
    if event == 'call':
        files.add(os.path.basename(frame.f_code.co_filename))


def application(environ, start_response):
    answer = ' '.join(sorted(files)).encode()
    files.clear()
    sys.setprofile(note)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [answer]
