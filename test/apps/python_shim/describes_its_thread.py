"""Tells what `threading` knows of the thread that runs the request, and which hooks have run there.
"""

import threading

seen = {}


def note(what):
    def hook(_frame, _event, _argument):
        seen.setdefault(threading.get_ident(), set()).add(what)

    return hook


threading.settrace(note('trace'))
threading.setprofile(note('profile'))


def application(environ, start_response):
    thread = threading.current_thread()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    hooks = sorted(seen.get(threading.get_ident(), ()))
    is_listed = thread in threading.enumerate()
    child = threading.Thread()
    facts = (thread.name, thread.daemon, child.daemon, is_listed, thread.is_alive(), hooks)
    return [repr(facts).encode()]
