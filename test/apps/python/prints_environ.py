"""Answers with its environ as JSON: strings as they are, everything else as its type's name."""

import json


def application(environ, start_response):
    shown = {
        name: value if isinstance(value, (str, bool, int, tuple)) else type(value).__name__
        for name, value in environ.items()
    }
    body = json.dumps(shown).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
