"""Answers /ask with a line for each expression of the file expressions.txt, about `uwsgi`."""

import time

import uwsgi


def value_of(expression):
    """As text; an exception is its type, as the texts may differ."""
    try:
        return repr(eval(expression, {'uwsgi': uwsgi, 'time': time}))
    except Exception as error:
        return 'raises ' + type(error).__name__


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] != '/ask':
        return [b'ready']
    with open('expressions.txt') as file:
        expressions = file.read().splitlines()
    return ['\n'.join(value_of(each) for each in expressions if each).encode()]
