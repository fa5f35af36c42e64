"""Prints a line of a length, /LENGTH?WORD; answers with "printed", or with what print raised."""

import sys


def application(environ, start_response):
    length = int(environ["PATH_INFO"].strip("/") or "10")
    try:
        print(f"printed {environ['QUERY_STRING']} {'x' * length} end")
        sys.stdout.flush()
        body = b"printed"
    except Exception as error:
        body = repr(error).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
