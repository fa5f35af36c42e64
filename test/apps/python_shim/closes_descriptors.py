"""Closes the standard descriptors and opens nothing; / tells what wsgi.errors says to that."""

import os

for number in (0, 1, 2):
    os.close(number)


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    try:
        environ['wsgi.errors'].write('lost\n')
        said = 'nothing'
    except OSError as error:
        said = type(error).__name__
    return [f'served, {said}'.encode()]
