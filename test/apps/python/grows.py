"""Keeps memory: a megabyte for each request, or what the path says. Answers with its pid."""

import os
import time
from urllib.parse import parse_qs

KEPT = []


def application(environ, start_response):
    path = environ["PATH_INFO"]
    words = parse_qs(environ["QUERY_STRING"])
    megabytes = int(words.get("mb", ["1"])[0])
    if path == "/grow":
        KEPT.append(b"x" * (megabytes * 1_000_000))
    if path == "/hold":
        held = b"x" * (megabytes * 1_000_000)
        time.sleep(60)
        del held
    if path == "/raise":
        raise {"KeyError": KeyError, "ValueError": ValueError}[words["class"][0]]("on purpose")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
