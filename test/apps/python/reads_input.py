"""Reads wsgi.input in the way that the path names; answers with lengths and a digest as JSON."""

import hashlib
import json


def application(environ, start_response):
    body = environ["wsgi.input"]
    pieces = list(WAYS[environ["PATH_INFO"]](body))
    data = b"".join(pieces)
    answer = {
        "length": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "pieces": [len(piece) for piece in pieces[:10]],
        "after_end": len(body.read(10)),
        "terminated": environ.get("wsgi.input_terminated"),
        "content_length": environ.get("CONTENT_LENGTH"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def in_reads(body):
    while True:
        piece = body.read(100_000)
        if not piece:
            return
        yield piece


WAYS = {
    "/read": lambda body: [body.read(-1)],
    "/reads": in_reads,
    "/readline": lambda body: iter(lambda: body.readline(), b""),
    "/readlines": lambda body: body.readlines(),
    "/iterate": lambda body: (line for line in body),
    "/nothing": lambda body: [],
}
