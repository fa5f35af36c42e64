"""What systemd does for a service's sockets: passes them, and keeps those that it is given.

    service-manager.py keep PATH [NAME=ADDRESS]...
                                          binds PATH as NOTIFY_SOCKET and PATH.fds, from which a
                                          service that starts gets these sockets and what is kept;
                                          prints as JSON lines what it hears and what it keeps
    service-manager.py run [OPTION]... -- COMMAND...
                                          becomes COMMAND with descriptors from 3 on
      --listen NAME=ADDRESS               a socket: tcp4:PORT, tcp6:PORT, tcp6only:PORT,
                                          path:PATH, abstract:NAME, datagram:PATH
      --kept PATH                         what the keeper has, and its NOTIFY_SOCKET
      --pid PID                           LISTEN_PID in place of the command's own
"""

import json
import os
import socket
import sys
import threading


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def keep(path, sockets):
    kept = []
    unit = [(name, opened(what)) for name, _, what in (word.partition("=") for word in sockets)]
    lock = threading.Lock()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(path)
    os.chmod(path, 0o777)
    giver = socket.socket(socket.AF_UNIX)
    giver.bind(path + ".fds")
    giver.listen(8)

    def give():
        while True:
            client, _ = giver.accept()
            with lock:
                given = unit + [(name, fd) for name, fd, _ in kept]
                names = ":".join(name for name, _ in given) or "-"
                socket.send_fds(client, [names.encode()], [fd for _, fd in given])
            client.close()

    threading.Thread(target=give, daemon=True).start()
    say({"bound": path})
    while True:
        data, fds, _, _ = socket.recv_fds(notify, 65536, 253)
        fields = dict(line.partition("=")[::2] for line in data.decode().splitlines())
        with lock:
            for fd in fds:
                inode = os.fstat(fd).st_ino
                if any(inode == other for _, _, other in kept):
                    os.close(fd)
                else:
                    kept.append((fields.get("FDNAME", "stored"), fd, inode))
            if fields.get("FDSTOREREMOVE") == "1":
                for entry in [entry for entry in kept if entry[0] == fields["FDNAME"]]:
                    os.close(entry[1])
                    kept.remove(entry)
            say({**fields, "kept": [name for name, _, _ in kept]})


def opened(address):
    kind, _, rest = address.partition(":")
    family = {"tcp4": socket.AF_INET, "tcp6": socket.AF_INET6, "tcp6only": socket.AF_INET6}.get(
        kind, socket.AF_UNIX
    )
    is_datagram = kind == "datagram"
    one = socket.socket(family, socket.SOCK_DGRAM if is_datagram else socket.SOCK_STREAM)
    if family == socket.AF_UNIX:
        one.bind("\0" + rest if kind == "abstract" else rest)
    else:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(kind == "tcp6only"))
        one.bind(("" if family == socket.AF_INET else "::", int(rest)))
    if not is_datagram:
        one.listen(50)
    return one.detach()


def received(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path + ".fds")
        names, fds, _, _ = socket.recv_fds(client, 65536, 253)
    for fd in fds:
        os.set_inheritable(fd, False)
    return list(zip([] if names == b"-" else names.decode().split(":"), fds))


def run(words):
    cut = words.index("--")
    passed, environment, pid = [], dict(os.environ), os.getpid()
    for option, value in zip(words[:cut:2], words[1:cut:2]):
        name, _, what = value.partition("=")
        if option == "--listen":
            passed.append((name, opened(what)))
        elif option == "--kept":
            passed += received(value)
            environment["NOTIFY_SOCKET"] = value
            environment["FDSTORE"] = "16"
        elif option == "--pid":
            pid = value
    # Out of the way first: a target may be somebody's source.
    high = [os.dup2(fd, 200 + at, inheritable=False) for at, (_, fd) in enumerate(passed)]
    for at, fd in enumerate(high):
        os.dup2(fd, 3 + at, inheritable=True)
    environment["LISTEN_PID"] = str(pid)
    environment["LISTEN_FDS"] = str(len(passed))
    environment["LISTEN_FDNAMES"] = ":".join(name for name, _ in passed)
    command = words[cut + 1 :]
    os.execvpe(command[0], command, environment)


if sys.argv[1] == "keep":
    keep(sys.argv[2], sys.argv[3:])
else:
    run(sys.argv[2:])
