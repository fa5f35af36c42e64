"""Runs a command on a terminal of its own, as a person would: terminal.py OUTPUT COMMAND…

Lines on standard input act on the terminal: "interrupt" types Ctrl-C, "keys HEX" types these bytes,
"size 80x24" gives it another size, "hangup" takes it away. What the command prints goes to the file
OUTPUT. Prints "pid N" at once and "exit N" (negative: a signal).
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def main() -> None:
    output = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        resize(0, "80x24")
        os.execvp(sys.argv[2], sys.argv[2:])
    print(f"pid {pid}", flush=True)
    relay(pid, terminal, output)
    _, status = os.waitpid(pid, 0)
    print(f"exit {os.waitstatus_to_exitcode(status)}", flush=True)


def relay(pid: int, terminal: int, output: int) -> None:
    """Copies what the command prints and does what standard input says, until it has ended."""
    sources = [0, terminal]
    while terminal in sources:
        for source in select.select(sources, [], [])[0]:
            if source == terminal:
                try:
                    data = os.read(terminal, 65536)
                except OSError:  # EIO: the last process on the terminal has gone.
                    data = b""
                if not data:
                    return
                os.write(output, data)
                continue
            lines = os.read(0, 4096).decode().splitlines()
            if not lines:
                sources.remove(0)
            for line in lines:
                word, _, value = line.partition(" ")
                if word == "interrupt":
                    os.write(terminal, b"\x03")
                elif word == "keys":
                    os.write(terminal, bytes.fromhex(value))
                elif word == "size":
                    resize(terminal, value)
                elif word == "hangup":
                    os.close(terminal)
                    return


def resize(terminal: int, size: str) -> None:
    """The kernel then sends SIGWINCH to those who have it as their terminal."""
    columns, rows = map(int, size.split("x"))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


main()
