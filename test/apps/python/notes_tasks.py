"""Queues a task for each request to /KIND?name=value; notes in a file what each run was given."""

import json
import os
import time
from urllib.parse import parse_qsl

import uwsgi

ANSWERS = {
    'ok': uwsgi.SPOOL_OK,
    'retry': uwsgi.SPOOL_RETRY,
    'ignore': uwsgi.SPOOL_IGNORE,
    'none': None,
    'true': True,
    'seven': 7,
    'text': 'done',
}


def run(task):
    """Notes the task, and answers as its kind says."""
    kind = task[b'kind'].decode()
    shown = {repr(name): [type(value).__name__, len(value)] for name, value in task.items()}
    note = {
        'kind': kind,
        'number': task.get(b'number', b'').decode(),
        'names': sorted(shown),
        'body': shown.get("'body'"),
        'directory': os.path.basename(os.getcwd()),
        'name': type(task['spooler_task_name']).__name__,
    }
    with open(os.environ['NOTES'], 'a') as file:
        file.write(json.dumps(note) + '\n')
    while kind == 'hold' and not os.path.exists(os.environ['GO']):
        time.sleep(0.02)
    if kind == 'raise':
        raise RuntimeError('on purpose')
    return ANSWERS.get(kind, uwsgi.SPOOL_OK)


uwsgi.spooler = run


def application(environ, start_response):
    """Queues; `size` is that of the body. The answer is what spool() returns."""
    start_response('200 OK', [])
    kind = environ['PATH_INFO'][1:]
    if not kind:
        return [b'serves']
    values = dict(parse_qsl(environ['QUERY_STRING'], keep_blank_values=True))
    size = int(values.pop('size', '0'))
    task = {name.encode(): value.encode() for name, value in values.items()}
    task[b'kind'] = kind.encode()
    if size:
        task[b'body'] = b'x' * size
    folder, name = os.path.split(uwsgi.spool(task))
    # Not whether it is there: a spooler may have run it.
    return [folder.decode().encode(), b' ', name.split(b'_on_')[0]]
