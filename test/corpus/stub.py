"""
The application that every file of the corpus serves: it answers with what it was told of the
request and of its process, as JSON. The places of the names that the file calls follow below.
"""

import json
import os
import resource
import sys
import time

LOADED = "%s.%s" % (os.getpid(), time.time())


def _shown(value):
    return value if isinstance(value, (str, bool, int, tuple)) else type(value).__name__


def _process():
    with open("/proc/self/status") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    with open("/proc/self/cmdline") as cmdline:
        title = cmdline.read().rstrip("\0").replace("\0", " ")
    limits = {
        name: resource.getrlimit(getattr(resource, name))
        for name in ("RLIMIT_NOFILE", "RLIMIT_AS", "RLIMIT_CORE")
    }
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "uid": fields["Uid"].split()[1],
        "gid": fields["Gid"].split()[1],
        "groups": " ".join(sorted(fields["Groups"].split())),
        "capabilities": fields["CapEff"],
        "umask": fields["Umask"],
        "nice": os.nice(0),
        "cwd": os.getcwd(),
        "argv": sys.argv,
        "prefix": sys.prefix,
        "path": sys.path,
        "optimize": sys.flags.optimize,
        "limits": limits,
        "title": title,
        "environment": dict(os.environ),
    }


def application(environ, start_response):
    if environ.get("QUERY_STRING") == "prints":
        print("the stub prints", flush=True)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    seen = {
        "file": os.path.abspath(__file__),
        "module": __name__,
        "loaded": LOADED,
        "body": body.decode("latin-1"),
        "environ": {name: _shown(value) for name, value in environ.items()},
        "process": _process(),
    }
    text = json.dumps(seen).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    start_response("200 OK", headers)
    return [text]
