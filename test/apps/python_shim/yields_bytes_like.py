"""Answers with what the query string names: bytes-like objects that are no bytes."""

from array import array

PARTS = {
    'bytearray': lambda: [bytearray(b'one')],
    'memoryview': lambda: iter([memoryview(b'one'), bytearray(), memoryview(b',two')]),
    'array': lambda: [array('H', [0x6261]), b'c'],
    'whole': lambda: bytearray(b'whole'),
    'whole-view': lambda: memoryview(b'whole'),
}


def application(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['QUERY_STRING'] == 'write':
        write(bytearray(b'written'))
        return []
    return PARTS[environ['QUERY_STRING']]()
