"""Sends as many bytes as the query says: with /length all at once, else in pieces of 100 000."""


def application(environ, start_response):
    size = int(environ["QUERY_STRING"])
    headers = [("Content-Type", "application/octet-stream")]
    if environ["PATH_INFO"] == "/length":
        start_response("200 OK", [*headers, ("Content-Length", str(size))])
        return [b"x" * size]
    start_response("200 OK", headers)
    return (b"x" * min(100_000, size - at) for at in range(0, size, 100_000))
