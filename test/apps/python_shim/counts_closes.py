"""Ends its body as the query string says; /count tells how often close() was called so far."""

closed = 0


class Body:
    def __init__(self, how, start_response):
        self.how = how
        self.start_response = start_response
        self.left = 3

    def __iter__(self):
        return self

    def __next__(self):
        if self.how == 'raises-first':
            raise ValueError('before the first chunk')
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        if self.how == 'raises-later' and self.left == 1:
            raise ValueError('after the first chunk')
        if self.how == 'exits' and self.left == 1:
            raise SystemExit(3)
        if self.how == 'str':
            return 'text'
        if self.how in ('endless', 'empty'):
            self.left = 3
        if self.how == 'empty':
            return b''
        return b'chunk'

    def close(self):
        global closed
        closed += 1
        if self.how == 'close-raises':
            raise RuntimeError('in close')


def application(environ, start_response):
    if environ['PATH_INFO'] == '/count':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [str(closed).encode()]
    how = environ['QUERY_STRING']
    if how != 'no-start':
        start_response('200 OK', [('Content-Type', 'text/plain')])
    return Body(how, start_response)
