"""Queues a task for each request to /KIND?name=value, and runs it as its kind says."""

import os
import signal
import sys
import time
from urllib.parse import parse_qsl

import uwsgi


def run(task):
    """Appends what it was given to the file `ran`, and answers as `kind` says."""
    kind = task[b'kind'].decode()
    with open(os.environ['RAN'], 'a') as file:
        file.write(f'{kind} {task.get(b"number", b"").decode()} {len(task.get("body", b""))}\n')
    if kind == 'kill':
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == 'raise':
        raise RuntimeError('on purpose')
    if kind == 'sleep':
        while not os.path.exists(os.environ['GO']):
            time.sleep(0.05)
    if kind == 'fork' and os.fork() == 0:
        number = int(task[b'number'])
        if number == 1:
            sys.exit(0)
        if number == 2:
            raise RuntimeError('in a child')
        return uwsgi.SPOOL_OK
    if kind == 'hang':
        time.sleep(1000)
    return {'retry': uwsgi.SPOOL_RETRY, 'ignore': uwsgi.SPOOL_IGNORE}.get(kind, uwsgi.SPOOL_OK)


uwsgi.spooler = run


def application(environ, start_response):
    """The path of the task's file, or why it was refused."""
    values = dict(parse_qsl(environ['QUERY_STRING']))
    task = {name.encode(): value.encode() for name, value in values.items()}
    task[b'kind'] = environ['PATH_INFO'][1:].encode()
    if 'long' in values:
        task[b'long'] = b'x' * int(values['long'])
    if 'size' in values:
        task[b'body'] = b'x' * int(values.pop('size'))
    try:
        answer = uwsgi.spool(task)
    except ValueError as error:
        answer = str(error).encode()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [answer]
