"""Its import needs libcrypto, and so does each request."""

import hashlib

NOTHING = hashlib.sha256(b'').hexdigest()


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [hashlib.sha256(NOTHING.encode()).hexdigest().encode()]
