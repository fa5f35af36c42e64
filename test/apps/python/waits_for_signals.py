"""Requests that wait for signals: `?wait=any`, `?wait=N`; `?raise=N` raises one. 17 ticks.

Each wait leaves a byte in the file `begun`.
"""

import threading

import uwsgi

handled = []


def handler(number):
    handled.append((number, threading.get_ident()))


for each in (17, 18, 19):
    uwsgi.register_signal(each, "", handler)
uwsgi.add_timer(17, 1)


def waiting(arguments):
    """What the call answers, the signal received, and whether its handler ran in this thread."""
    handled.clear()
    before = uwsgi.signal_received()
    with open("begun", "a") as begun:
        begun.write("x")
    try:
        answer = repr(uwsgi.signal_wait(*arguments))
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    received = uwsgi.signal_received()
    where = "here" if (received, threading.get_ident()) in handled else "not here"
    return f"{answer}, {before} before, {received} now, handled {where}"


CALLS = {
    "any": (),
    "17": (17,),
    "273": (273,),
    "text": ("17",),
    "two": (17, 18),
}


def application(environ, start_response):
    what, _, value = environ["QUERY_STRING"].partition("=")
    text = "ok"
    if what == "raise":
        uwsgi.signal(int(value))
    elif what == "limited":
        uwsgi.set_user_harakiri(1)
        text = waiting((19,))
    elif what == "wait":
        text = waiting(CALLS.get(value, (int(value) if value.isdigit() else value,)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
