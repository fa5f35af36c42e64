"""Breaks PEP 3333 in the way that the path names."""


def application(environ, start_response):
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/plain")]
    if path == "/crlf-in-value":
        headers.append(("X-Bad", "one\r\nX-Injected: two"))
    elif path == "/lf-in-value":
        headers.append(("X-Bad", "one\nX-Injected: two"))
    elif path == "/nul-in-value":
        headers.append(("X-Bad", "one\0two"))
    elif path == "/crlf-in-name":
        headers.append(("X-Bad\r\nX-Injected", "two"))
    elif path == "/crlf-in-status":
        start_response("200 OK\r\nX-Injected: two", headers)
        return [b"sent"]
    elif path == "/no-start-response":
        return [b"sent"]
    elif path == "/twice":
        start_response("200 OK", headers)
    elif path == "/text-body":
        start_response("200 OK", headers)
        return ["text, not bytes"]
    elif path == "/too-short":
        headers.append(("Content-Length", "10"))
    start_response("200 OK", headers)
    return [b"sent"]
