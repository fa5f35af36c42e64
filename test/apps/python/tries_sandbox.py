"""Tries what applications and their libraries do, and answers with what went wrong, as JSON."""

import ctypes
import json
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable


def closure() -> str:
    """ctypes makes code at run time for a callback."""
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda value: value + 1)
    assert compare(1) == 2
    return "ok"


def database() -> str:
    path = os.path.join(os.environ["STATE_DIRECTORY"], "data.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("create table if not exists visits (at)")
        connection.execute("insert into visits values (1)")
    return "ok"


def log_file() -> str:
    with open(os.path.join(os.environ["LOGS_DIRECTORY"], "app.log"), "a") as file:
        file.write("line\n")
    return "ok"


def temporary_file() -> str:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 100_000)
        return os.path.dirname(file.name)


def child_program() -> str:
    return subprocess.run(
        [sys.executable, "-c", "print(6 * 7)"], check=True, capture_output=True, text=True
    ).stdout.strip()


def shared_memory() -> str:
    lock = multiprocessing.Lock()
    with lock:
        return "ok"


def thread() -> str:
    seen: list[str] = []
    one = threading.Thread(target=lambda: seen.append("ok"))
    one.start()
    one.join()
    return seen[0]


def addresses() -> str:
    """Which families there are is asked of the kernel by netlink."""
    socket.if_nameindex()
    socket.getaddrinfo("127.0.0.1", 80, flags=socket.AI_ADDRCONFIG)
    return "ok"


def affinity() -> str:
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return "ok"


def own_group() -> str:
    path = os.path.join(os.environ["STATE_DIRECTORY"], "given")
    open(path, "w").close()
    os.chown(path, -1, os.getgid())
    return "ok"


def memory_figures() -> str:
    with open("/proc/meminfo") as file:
        return file.readline().split(":")[0]


TRIALS: tuple[Callable[[], str], ...] = (
    closure,
    database,
    log_file,
    temporary_file,
    child_program,
    shared_memory,
    thread,
    addresses,
    affinity,
    own_group,
    memory_figures,
)


def outcome(trial: Callable[[], str]) -> str:
    try:
        return trial()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def shut(path: str) -> str:
    """How writing there is refused, or that it is not."""
    try:
        with open(path, "w"):
            return "open"
    except OSError as error:
        return type(error).__name__


def seen(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answers what worked, what is shut, and how many bytes the client sent."""
    received = sum(len(piece) for piece in iter(lambda: environ["wsgi.input"].read(65536), b""))
    answer = {
        "worked": {trial.__name__: outcome(trial) for trial in TRIALS},
        "shut": {path: shut(path) for path in ("/usr/x", "/etc/x", "/srv/x", "/run/x")},
        "home": seen("/home"),
        "received": received,
        "user": os.getuid(),
        "umask": oct(os.umask(0o027)),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
