"""Answers /ask?EXPRESSION with the value of a Python expression about `uwsgi`."""

from urllib.parse import unquote

import uwsgi


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [repr(eval(unquote(environ['QUERY_STRING']), {'uwsgi': uwsgi})).encode()]
