"""Has a thread running when it was imported: not fit to be forked."""

import threading

threading.Thread(target=threading.Event().wait, name='background work', daemon=True).start()


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
