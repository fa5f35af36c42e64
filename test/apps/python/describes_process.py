"""Answers with what its process is, as JSON: ids, directory, arguments, paths, environment."""

import json
import os
import sys
import threading

IMPORTED_IN = os.getpid()


def application(environ, start_response):
    umask = os.umask(0)
    os.umask(umask)
    description = {
        "pid": os.getpid(),
        "imported_in": IMPORTED_IN,
        "thread": threading.current_thread().name,
        "main_thread": threading.current_thread() is threading.main_thread(),
        "threads": len(os.listdir("/proc/self/task")),
        "uid": os.getuid(),
        "gid": os.getgid(),
        "groups": sorted(os.getgroups()),
        "umask": umask,
        "cwd": os.getcwd(),
        "argv": sys.argv,
        "path": sys.path,
        "prefix": sys.prefix,
        "executable": sys.executable,
        "version": list(sys.version_info[:2]),
        "env": dict(os.environ),
        "name": __name__,
        "multithread": environ["wsgi.multithread"],
        "multiprocess": environ["wsgi.multiprocess"],
        "script_name": environ["SCRIPT_NAME"],
        "path_info": environ["PATH_INFO"],
        "nofile": __import__("resource").getrlimit(__import__("resource").RLIMIT_NOFILE)[0],
        "sighup": str(__import__("signal").getsignal(1)),
    }
    body = json.dumps(description).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
