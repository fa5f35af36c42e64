"""Prints who it is, starts children, dies on request; answers with where its output goes."""

import os
import subprocess
import sys

print("imported")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/print":
        print(f"printed by {os.getpid()}")
        print(f"<4>warned by {os.getpid()}", file=sys.stderr)
        os.write(2, f"written by {os.getpid()}\n".encode())
        subprocess.run(["sh", "-c", "echo echoed by $$"], check=True)
    if path == "/raise":
        raise LookupError("nothing there")
    if path == "/long":
        print("L" * 60_000 + "end")
    if path == "/burst":
        for number in range(20_000):
            print(f"line {number}")
    if path.startswith("/child"):
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)
        if path == "/child-and-kill":
            os.kill(os.getpid(), 9)
        return answer(start_response, str(child.pid))
    if path == "/hang":
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        import time

        time.sleep(600)
    stream = os.fstat(2)
    facts = [
        str(os.getpid()),
        os.environ.get("JOURNAL_STREAM", "none"),
        f"{stream.st_dev}:{stream.st_ino}",
        open("/proc/self/cgroup").read().rpartition("0::")[2].strip(),
    ]
    return answer(start_response, " ".join(facts))


def answer(start_response, text):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
