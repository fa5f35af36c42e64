"""gevent's monkey.patch_all() as the first line, in ordinary workers.

    /         two chunks, with a pause of a greenlet's between them
    /socket   what a greenlet sends over a socket pair
    /command  what a program prints
"""

from gevent import monkey

monkey.patch_all()

import socket  # noqa: E402
import subprocess  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402


def count():
    while True:
        time.sleep(0.01)


threading.Thread(target=count, daemon=True).start()


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] == '/command':
        return [subprocess.check_output(['echo', 'printed'])]
    if environ['PATH_INFO'] == '/socket':
        near, far = socket.socketpair()
        threading.Timer(0.01, near.sendall, [b'sent']).start()
        return [far.recv(10)]
    return two_chunks()


def two_chunks():
    yield b'first '
    time.sleep(0.02)
    yield b'second'
