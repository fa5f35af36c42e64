"""Python stacks of a thread whose request hangs, or of all threads of a process.

The gateway and the master ask by signals (stacks/stacks.ts). What is written stands in a memory
file of the name below, which they open through /proc. Its lines that begin with `thread` say which
thread of the system serves which slot; one that begins with `ask` says what the question is.

- QUESTION_SIGNAL goes to the main thread. Its handler is Python's, so it runs while no frame of any
  thread changes, and is safe. It does not come while C code holds the GIL.
- SIGNAL goes to a thread that waits, or to all while C code holds the GIL: faulthandler writes the
  stack of that thread from a handler in C. It must not interrupt a thread that runs Python code: of
  a frame that is just being made it reads what is not there yet, and the process ends with SIGSEGV
  (Python 3.11 and 3.13, one signal of a thousand).
"""

from __future__ import annotations

import _signal as signal
import _thread
import faulthandler
import fcntl
import io
import os
import sys
from types import FrameType

from ..own_descriptors import above_standard, own
from . import sampler, threads

# Twins in stacks/stacks.ts. Real-time signals: nobody sends them for another purpose.
SIGNAL = 45
QUESTION_SIGNAL = 46
SIGNALS = (SIGNAL, QUESTION_SIGNAL)
FILE_NAME = 'reeve-stacks'
# As faulthandler has it.
_FRAMES_MAX = 100
_QUESTION_BYTES_MAX = 256

_files: list[io.FileIO] = []


def prepare() -> None:
    """From now on this process is asked; where it fails there are no stacks.

    To be called by the main thread before the application is imported, and once it is, as it may
    have set handlers for all signals.
    """
    threads.forget()
    # Between two handlers one of these signals would end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        _close()
        _open()
    finally:
        # Whatever else the application blocks.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _open() -> None:
    signal.signal(QUESTION_SIGNAL, _answer)
    try:
        file = io.FileIO(above_standard(os.memfd_create(FILE_NAME)), 'r+')
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)  # Two threads may write at once.
        faulthandler.register(SIGNAL, file=file, all_threads=False)
    except (AttributeError, OSError, ValueError, RuntimeError):
        return
    own.hold(file)
    _files.append(file)


def _close() -> None:
    """The file of the spawner, which a worker has from it."""
    for file in _files:
        faulthandler.unregister(SIGNAL)
        own.release(file)
    _files.clear()


def _answer(_number: int, frame: FrameType | None) -> None:
    """Runs in the main thread, in the middle of anything; a question that is late finds nothing."""
    for file in _files:
        try:
            what, *words = _question(file).split(' ')
            if what == 'stacks':
                os.write(file.fileno(), _all_stacks(frame))
            elif what == 'profile':
                sampler.start(words[0], float(words[1]))
        except (OSError, ValueError):
            pass  # The application has closed what is ours, or the system has no room.


def _question(file: io.FileIO) -> str:
    """The last line that begins with `ask`, without that word; '' where none is last."""
    number = file.fileno()
    size = os.fstat(number).st_size
    tail = os.pread(number, _QUESTION_BYTES_MAX, max(size - _QUESTION_BYTES_MAX, 0))
    last = tail.decode('ascii', 'replace').splitlines()[-1:]
    return last[0][4:] if last and last[0].startswith('ask ') else ''


def _all_stacks(main: FrameType | None) -> bytes:
    """Those of all threads, as faulthandler would write them; 0 is a thread that nobody knows."""
    lines = []
    for ident, innermost in sys._current_frames().items():
        system = threads.system_thread(ident)
        lines.append(f'python {system}')
        frame: FrameType | None = main if ident == _thread.get_ident() else innermost
        for _ in range(_FRAMES_MAX):
            if frame is None:
                break
            code = frame.f_code
            line = f'  File "{code.co_filename}", line {frame.f_lineno or 0} in {code.co_name}'
            lines.append(line.replace('\n', '?'))
            frame = frame.f_back
    lines.append('python answers\n')
    return '\n'.join(lines).encode('ascii', 'backslashreplace')


def announce(thread: int) -> None:
    """Says that the calling thread serves this slot."""
    system = threads.note()
    for file in _files:
        try:
            file.write(f'thread {thread} {system}\n'.encode())
        except (OSError, ValueError):
            pass  # The application has closed what is ours; it is told where that costs a request.


def forget_in_application_child() -> None:
    """A child of the application's is asked by nobody, and the file is not open there."""
    sampler.forget_in_application_child()
    if _files:
        faulthandler.unregister(SIGNAL)
        _files.clear()
