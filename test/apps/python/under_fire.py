"""Writes caches and runs tasks while its processes are killed; what is torn or lost shows.

/put writes items, /task?N queues a task, /check tells what is torn. A task notes in the file `ran`
when it begins and when it ends.
"""

import os
import time
import zlib

import uwsgi

CACHES = ('stored', 'bits')
PIECE = 600


def note(line):
    """A line of the file `ran`, whole."""
    descriptor = os.open(os.environ['RAN'], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode() + b'\n')
    os.close(descriptor)


def put():
    """Writes an item that knows what it must be into each cache, under a lock."""
    chance = int.from_bytes(os.urandom(2), 'little')
    body = os.urandom(chance % PIECE)
    value = b'%08x' % zlib.crc32(body) + body
    uwsgi.lock(1)
    try:
        for cache in CACHES:
            uwsgi.cache_update(f'key {chance % 40}', value, chance % 3, cache)
            uwsgi.cache_inc('writes', 1, 0, cache)
    finally:
        uwsgi.unlock(1)


def torn():
    """The items that are not what they must be."""
    found = []
    for cache in CACHES:
        for key in uwsgi.cache_keys(cache):
            value = uwsgi.cache_get(key, cache)
            if value is None or key == b'writes':
                continue
            if value[:8] != b'%08x' % zlib.crc32(value[8:]):
                found.append(f'{cache} {key}')
    return found


def run(task):
    """A task that takes a moment."""
    number = task[b'number'].decode()
    note(f'begin {number}')
    for _ in range(5):
        put()
        time.sleep(0.002)
    note(f'end {number}')
    return uwsgi.SPOOL_OK


uwsgi.spooler = run


def mule():
    """The program of the mule."""
    while True:
        put()
        time.sleep(0.001)


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    path = environ['PATH_INFO']
    if path == '/task':
        uwsgi.spool({b'number': environ['QUERY_STRING'].encode()})
        return [b'queued']
    if path == '/check':
        uwsgi.lock(1)
        uwsgi.unlock(1)
        return [repr(torn()).encode()]
    for _ in range(10):
        put()
    return [b'put']
