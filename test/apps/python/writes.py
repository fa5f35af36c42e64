"""Uses the write() callable of start_response before it returns an iterable."""


def application(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    write(b"twice, ")
    return [b"returned"]
