"""A file with dashes in its name, no `application`, but an `app` and a factory."""

import sys

NAME = __name__
PATH = list(sys.path)
ARGV = list(sys.argv)


class Holder:
    pass


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    in_modules = sys.modules[NAME].app is app
    return [repr((NAME, in_modules, PATH[:4], ARGV, 'launch' in sys.modules)).encode()]


def create_app():
    return app


Holder.nested = Holder()
Holder.nested.app = app
