"""Breaks the rule of WSGI that the query string names; each must fail, never deceive a client."""

HTML = ('Content-Type', 'text/html')

HEADS = {
    'newline-in-value': ('200 OK', [('X-A', 'a\r\nSet-Cookie: b=1')]),
    'nul-in-value': ('200 OK', [('X-A', 'a\0b')]),
    'newline-in-name': ('200 OK', [('X-A\n', 'a')]),
    'newline-in-status': ('200 OK\r\nX: y', []),
    'space-in-name': ('200 OK', [('X A', 'a')]),
    'empty-name': ('200 OK', [('', 'a')]),
    'not-latin': ('200 OK', [('X-A', '\u20ac')]),
    'bytes-value': ('200 OK', [('X-A', b'a')]),
    'bytes-status': (b'200 OK', []),
    'tuple-of-headers': ('200 OK', (HTML,)),
    'list-as-header': ('200 OK', [['X-A', 'a']]),
    'status-word': ('OK', []),
    'status-100': ('100 Continue', []),
    'bad-length': ('200 OK', [('Content-Length', '5 bytes')]),
}


def application(environ, start_response):
    rule = environ['QUERY_STRING']
    if rule in HEADS:
        start_response(*HEADS[rule])
        return [b'body']
    if rule == 'none':
        start_response('200 OK', [HTML])
        return None
    if rule == 'str':
        start_response('200 OK', [HTML])
        return ['text']
    if rule == 'no-start':
        return [b'body']
    if rule == 'twice':
        start_response('200 OK', [HTML])
        start_response('201 Created', [HTML])
        return [b'body']
    if rule == 'short':
        start_response('200 OK', [HTML, ('Content-Length', '10')])
        return [b'12345']
    if rule == 'short-stream':
        start_response('200 OK', [HTML, ('Content-Length', '10')])
        return iter([b'12345', b'678'])
    if rule == 'long':
        start_response('200 OK', [HTML, ('Content-Length', '4')])
        return iter([b'123', b'456'])
    if rule == 'write-str':
        start_response('200 OK', [HTML])('text')
    start_response('200 OK', [HTML, ('Connection', 'close'), ('Transfer-Encoding', 'chunked')])
    return [b'fine']
