"""Imports a module of its own in its first request."""


def application(environ, start_response):
    import imported_late

    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [imported_late.TEXT]
