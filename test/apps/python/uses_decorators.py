"""An application with uwsgidecorators, unchanged: what it has seen is its answer."""

import uwsgi
from uwsgidecorators import harakiri, lock, postfork, rpc

SEEN = []


@postfork
def after_fork():
    SEEN.append(uwsgi.worker_id())


@postfork(99)
def in_another_worker():
    SEEN.append('another')


@rpc('hello')
def hello(*_arguments):
    return b'hi'


@lock
def locked():
    return uwsgi.is_locked()


@harakiri(30)
def bounded():
    return 'ok'


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    answer = (SEEN, uwsgi.rpc_list(), locked(), uwsgi.is_locked(), bounded())
    return [repr(answer).encode()]
