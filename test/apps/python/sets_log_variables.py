"""Sets variables for log-format, and counts in the metric `orders`."""

import uwsgi


def application(environ, start_response):
    uwsgi.set_logvar('mine', 'first')
    uwsgi.set_logvar(b'mine', environ['QUERY_STRING'])
    uwsgi.metric_inc('orders', 3)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield b'one '
    uwsgi.set_logvar('later', 'two "words"')
    yield b'two'
