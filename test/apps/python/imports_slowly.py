"""Takes 1.5 s to import, and answers with its pid."""

import os
import time

time.sleep(1.5)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
