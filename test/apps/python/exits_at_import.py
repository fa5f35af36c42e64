"""Ends its process while it is imported: with the exit code, or the signal, that MANNER names."""

import os
import signal

manner = os.environ.get("MANNER", "exit")
if manner == "exit":
    os._exit(7)
if manner == "system-exit":
    raise SystemExit(7)
os.kill(os.getpid(), getattr(signal, manner))


def application(environ, start_response):
    raise NotImplementedError
