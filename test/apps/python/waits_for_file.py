"""Says in the log that it waits, then answers with its pid once the file in the query exists."""

import os
import sys
import time


def application(environ, start_response):
    path = environ["QUERY_STRING"]
    if path:
        print("waits for", path, file=sys.stderr, flush=True)
    while path and not os.path.exists(path):
        time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
