"""Raises where the path says: before the headers, after them, after a chunk, by SystemExit."""

import os


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/before":
        raise ValueError("raised before the headers")
    if path == "/system-exit":
        raise SystemExit(3)
    if path == "/keyboard-interrupt":
        raise KeyboardInterrupt
    if path == "/os-exit":
        os._exit(3)
    if path == "/segfault":
        os.kill(os.getpid(), 11)
    headers = [("Content-Type", "text/plain")]
    if path == "/after-with-length":
        headers.append(("Content-Length", "100"))
    start_response("200 OK", headers)
    if path == "/after-start-response":
        raise ValueError("raised after start_response")
    if path.startswith("/after"):
        return raises_after_chunk()
    return [str(os.getpid()).encode()]


def raises_after_chunk():
    yield b"the first chunk"
    raise ValueError("raised after the first chunk")
