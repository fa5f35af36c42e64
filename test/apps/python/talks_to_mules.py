"""Sends messages and signals to mules, farms and spoolers: `?NAME` does one thing.

Notes are in `notes`. Where it is the program of a mule, it takes messages itself.
"""

import os
import sys

import uwsgi

notes = os.open("notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def note(text):
    os.write(notes, text.encode() + b"\n")


def calls(what, function):
    try:
        result = repr(function())
    except Exception as error:
        result = type(error).__name__
    note(f"call {what}: {result}")


def here():
    if uwsgi.i_am_the_spooler():
        return "spooler"
    return f"mule {uwsgi.mule_id()}" if uwsgi.mule_id() else f"worker {uwsgi.worker_id()}"


def hook(message):
    note(f"{here()} has {message[:9]} of {len(message)}")
    if message == b"fails":
        raise LookupError("a message's own fault")


def handler(number):
    note(f"{here()} handles {number}")


CALLS = {
    "text": lambda: uwsgi.mule_msg("text", 1),
    "empty": lambda: uwsgi.mule_msg(b"", 1),
    "fails": lambda: uwsgi.mule_msg(b"fails", 2),
    "zero": lambda: uwsgi.mule_msg(b"zero", 0),
    "any": lambda: uwsgi.mule_msg(b"any"),
    "true": lambda: uwsgi.mule_msg(b"true", True),
    "program": lambda: uwsgi.mule_msg(b"program", 3),
    "farm": lambda: uwsgi.mule_msg(b"farm", b"b"),
    "farm_msg": lambda: uwsgi.farm_msg("b", b"farm_msg"),
    "large": lambda: uwsgi.mule_msg(b"x" * 60000, 1),
    "larger": lambda: uwsgi.mule_msg(b"x" * 70000, 1),
}
REFUSED = {
    "unknown farm": lambda: uwsgi.mule_msg(b"x", b"nobody"),
    "unknown farm_msg": lambda: uwsgi.farm_msg("nobody", b"x"),
    "none": lambda: uwsgi.mule_msg(b"x", None),
    "fraction": lambda: uwsgi.mule_msg(b"x", 1.0),
    "number": lambda: uwsgi.mule_msg(3),
    "nothing": lambda: uwsgi.mule_msg(),
    "many": lambda: uwsgi.mule_msg(b"x", 1, 2),
    "named": lambda: uwsgi.mule_msg(b"x", mule=1),
    "farm of number": lambda: uwsgi.farm_msg(1, b"x"),
    "get in a worker": lambda: uwsgi.mule_get_msg(),
    "farm_get in a worker": lambda: uwsgi.farm_get_msg(),
    "in_farm in a worker": lambda: (uwsgi.in_farm("a"), uwsgi.in_farm()),
    "received in a worker": lambda: uwsgi.signal_received(),
}
TARGETS = {
    22: "mule3",
    23: "mules",
    24: "farm_a",
    25: "spooler",
    26: "mule9",
    27: "farm_nobody",
    28: "farm1",
    29: "farm9",
    30: "mule1",
    31: "mule1",
    32: "mule1",
    33: "mule1",
}


def application(environ, start_response):
    query = environ["QUERY_STRING"].replace("%20", " ")
    if query in CALLS:
        calls(query, CALLS[query])
    elif query == "refused":
        for what, function in REFUSED.items():
            calls(what, function)
    elif query.isdigit():
        calls(f"signal {TARGETS[int(query)]}", lambda: uwsgi.signal(int(query)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def take():
    note(f"program in farms: {[uwsgi.in_farm(name) for name in ('a', 'b', 'nobody')]}")
    calls("in any farm", uwsgi.in_farm)
    calls("get at once", lambda: uwsgi.mule_get_msg(timeout=0))
    calls("get of four", lambda: uwsgi.mule_get_msg(False, False, 100, 0))
    calls("unregistered received", uwsgi.signal_received)
    note("program waits")
    while True:
        message = uwsgi.mule_get_msg(signals=False)
        note(f"{here()} has {message and message[:9]} of {len(message or '')}")
        if message == b"program":
            calls("wait for a signal", uwsgi.signal_wait)
            calls("wait for one", lambda: uwsgi.signal_wait(22))
            calls("received", uwsgi.signal_received)


if __name__ == "__main__":
    take()
else:
    uwsgi.mule_msg_hook = hook
    for number, target in TARGETS.items():
        uwsgi.register_signal(number, target, handler)
