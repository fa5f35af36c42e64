"""Answers with its pid and how many requests this process has had."""

import os

COUNT = [0]


def application(environ, start_response):
    COUNT[0] += 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {COUNT[0]}".encode()]
