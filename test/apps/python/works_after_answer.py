"""Answers at once, and ends when the file is there that its query names."""

import os
import sys
import time


class Answer:
    def __init__(self, path):
        self.path = path

    def __iter__(self):
        return iter([b'hello'])

    def close(self):
        print(f'waits for {self.path}', file=sys.stderr, flush=True)
        while not os.path.exists(self.path):
            time.sleep(0.01)


def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '5')])
    return Answer(environ['QUERY_STRING'])
