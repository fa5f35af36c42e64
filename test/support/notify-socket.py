"""A NOTIFY_SOCKET: binds the datagram socket PATH (or @NAME) and prints each message as JSON."""

import json
import os
import socket
import sys

path = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind('\0' + path[1:] if path.startswith('@') else path)
if not path.startswith('@'):
    os.chmod(path, 0o777)
print(json.dumps({"bound": path}), flush=True)
while True:
    message = receiver.recv(65536).decode("utf-8", "replace")
    print(json.dumps(dict(line.partition("=")[::2] for line in message.splitlines())), flush=True)
