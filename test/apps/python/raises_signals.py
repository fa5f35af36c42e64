"""Registers signals at its import; `?N` raises one, `?wait` runs for a moment. Notes in `notes`."""

import os
import time

import uwsgi

notes = os.open("notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def note(text):
    os.write(notes, text.encode() + b"\n")


def calls(what, function, *arguments):
    try:
        result = repr(function(*arguments))
    except Exception as error:
        result = type(error).__name__
    note(f"call {what}: {result}")


def handler(name):
    return lambda number: note(f"{name} {number} in worker {uwsgi.worker_id()}")


def fails(number):
    note(f"fails {number}")
    raise LookupError("a handler's own fault")


calls("registered before", uwsgi.signal_registered, 1)
calls("register", uwsgi.register_signal, 1, "", handler("any"))
calls("registered", uwsgi.signal_registered, 1)
calls("register again", uwsgi.register_signal, 1, "", handler("any"))
calls("register worker", uwsgi.register_signal, 2, "worker", handler("worker"))
calls("register workers", uwsgi.register_signal, 3, "workers", handler("workers"))
calls("register worker2", uwsgi.register_signal, 4, "worker2", handler("worker2"))
calls("register active", uwsgi.register_signal, 5, "active-workers", handler("active"))
calls("register worker9", uwsgi.register_signal, 6, "worker9", handler("worker9"))
calls("register unknown", uwsgi.register_signal, 7, "somebody", handler("somebody"))
calls("register failing", uwsgi.register_signal, 8, "", fails)
calls("register long", uwsgi.register_signal, 9, "x" * 64, handler("long"))
calls("register bytes", uwsgi.register_signal, 9, b"worker", handler("bytes"))
calls("register few", uwsgi.register_signal, 9)
calls("register 265", uwsgi.register_signal, 265, "", handler("byte"))
calls("register -6", uwsgi.register_signal, -6, "", handler("negative"))
for number, name in ((10, "timer"), (11, "rbtimer"), (12, "cron"), (13, "file")):
    uwsgi.register_signal(number, "", handler(name))
calls("timer", uwsgi.add_timer, 10, 1)
calls("timer of nothing", uwsgi.add_timer, 10, 0)
calls("timer of text", uwsgi.add_timer, 10, "1")
calls("rb timer", uwsgi.add_rb_timer, 11, 1, 2)
calls("cron", uwsgi.add_cron, 12, -1, -1, -1, -1, -1)
calls("cron of few", uwsgi.add_cron, 12, -1)
calls("file", uwsgi.add_file_monitor, 13, os.path.abspath("watched"))
calls("raise at import", uwsgi.signal, 1)
calls("received", uwsgi.signal_received)


def application(environ, start_response):
    query = environ["QUERY_STRING"]
    if query == "wait":
        note("request begins")
        time.sleep(0.3)
        note("request ends")
    elif query == "register":
        calls("register in worker", uwsgi.register_signal, 20, "", handler("late"))
        calls("raise in worker", uwsgi.signal, 20)
        calls("raise few", uwsgi.signal)
        calls("raise text", uwsgi.signal, "x")
    elif query:
        calls(f"raise {query}", uwsgi.signal, int(query))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
