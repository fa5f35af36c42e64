"""Has faulthandler show its stacks if anything takes an hour, and never takes that back."""

import faulthandler

faulthandler.dump_traceback_later(3600, repeat=True)


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'served']
