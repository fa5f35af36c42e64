"""Answers with headers whose order, case and repetition matter."""


def application(environ, start_response):
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Set-Cookie", "one=1"),
        ("X-mixed-CASE", "kept"),
        ("Set-Cookie", "two=2"),
        ("X-Latin", "caf\xe9"),
        ("Content-Length", "2"),
    ]
    start_response("404 Not Here", headers)
    return [b"no"]
