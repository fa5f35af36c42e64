"""Answers with the status that the path names, reason "Chosen"; 204, 304 have no body or type."""


def application(environ, start_response):
    code = environ["PATH_INFO"].strip("/") or "200"
    if code in ("204", "304"):
        start_response(code + " Chosen", [])
        return []
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else b"chosen"
    start_response(code + " Chosen", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [body]
