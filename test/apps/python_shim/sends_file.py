"""Sends files through wsgi.file_wrapper, of the kind that the path says; tells of each close."""

import bz2
import io
import os
import tempfile

CONTENT = bytes(range(256)) * 1000


def named():
    file = tempfile.NamedTemporaryFile()
    file.write(CONTENT)
    file.seek(0)
    return file


def unlinked():
    file = tempfile.TemporaryFile()
    file.write(CONTENT)
    file.seek(10)
    return file


def packed():
    with tempfile.NamedTemporaryFile(delete=False, suffix='.bz2') as file:
        file.write(bz2.compress(CONTENT))
    opened = bz2.open(file.name, 'rb')
    os.unlink(file.name)
    return opened


def pipe():
    reading, writing = os.pipe()
    with open(writing, 'wb') as file:
        file.write(b'through a pipe')
    return open(reading, 'rb')


class Counted:
    """A proxy as Django has it: read() is that of the file."""

    def __init__(self, file):
        self.file = file
        self.read = file.read
        self.closes = 0

    def fileno(self):
        return self.file.fileno()

    def close(self):
        self.closes += 1
        self.file.close()
        print(f'closed {self.closes}', flush=True)


files = {
    '/source': lambda: open(__file__, 'rb'),
    '/raw': lambda: open(__file__, 'rb', buffering=0),
    '/named': named,
    '/unlinked': unlinked,
    '/memory': lambda: io.BytesIO(CONTENT),
    '/packed': packed,
    '/pipe': pipe,
    '/kernel': lambda: open('/proc/self/status', 'rb'),
    '/system': lambda: open('/sys/kernel/mm/transparent_hugepage/enabled', 'rb'),
    '/proxy': lambda: Counted(open(__file__, 'rb')),
    '/part': lambda: open(__file__, 'rb'),
    '/short': lambda: open(__file__, 'rb'),
    '/begun': lambda: open(__file__, 'rb'),
    '/closed': lambda: open(__file__, 'rb'),
}


def application(environ, start_response):
    path = environ['PATH_INFO']
    file = files[path]()
    headers = [('Content-Type', 'application/octet-stream')]
    if path == '/part':
        file.read(7)
        headers.append(('Content-Length', '20'))
    elif path == '/short':
        headers.append(('Content-Length', '10000000'))
    start_response('200 OK', headers)
    wrapped = environ['wsgi.file_wrapper'](file, 64)
    if path == '/begun':
        next(wrapped)
    elif path == '/closed':
        file.close()
    return wrapped
