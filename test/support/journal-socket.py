"""A journal: binds the datagram socket PATH and prints each entry's fields as a line of JSON.

An entry comes in the datagram, or as a sealed file whose descriptor it carries.
"""

import array
import fcntl
import json
import os
import socket
import struct
import sys

F_GET_SEALS = 1034


def fields_of(data: bytes) -> dict[str, str]:
    fields = {}
    while data:
        line, _, data = data.partition(b'\n')
        name, equals, value = line.partition(b'=')
        if not equals:
            (length,) = struct.unpack('<Q', data[:8])
            value, data = data[8 : 8 + length], data[8 + length + 1 :]
        fields[name.decode()] = value.decode('utf-8', 'backslashreplace')
    return fields


def receive(receiver: socket.socket) -> dict[str, str]:
    data, control, _, _ = receiver.recvmsg(1 << 20, socket.CMSG_SPACE(4))
    for _, _, descriptors in control:
        (descriptor,) = array.array('i', descriptors[:4])
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        seals = fcntl.fcntl(descriptor, F_GET_SEALS)
        os.close(descriptor)
        return {**fields_of(data), 'seals': str(seals)}
    return fields_of(data)


def main() -> None:
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(sys.argv[1])
    print(json.dumps({'bound': sys.argv[1]}), flush=True)
    while True:
        print(json.dumps(receive(receiver)), flush=True)


main()
