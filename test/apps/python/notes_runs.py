"""Notes each run of a request, named by the query string, in the file `runs`; takes a moment."""

import os
import time

runs = os.open("runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def application(environ, start_response):
    os.write(runs, environ["QUERY_STRING"].encode() + b"\n")
    time.sleep(0.0003)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
