"""Changes all that belongs to the whole process, as some library or other does; then serves.

sys.argv[1] is a file that it opens in place of its standard streams. The other arguments are names
of modules: each public function and class of theirs is replaced by one that raises.

    /            two chunks, with more than the default timeout between them
    /large       8 MiB
    /echo        the body
    /raise       an exception
"""

import atexit
import builtins
import ctypes
import gc
import importlib
import locale
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings

OWN_FILE, *MODULES = sys.argv[1:]
IMPORTED = [importlib.import_module(name) for name in MODULES]
DEFAULT_TIMEOUT_SECONDS = 0.2
BUILTINS = ('open', 'print', 'sorted', 'min', 'max', 'sum', 'round', 'ascii', 'input', 'map', 'zip')
PR_SET_DUMPABLE = 4

# What the application itself needs later.
sleep = time.sleep


class Patched(Exception):
    """Reeve has called something that is the application's."""


def never(*arguments, **named):
    raise Patched(f'called with {arguments!r} {named!r}')


class Never:
    def __init__(self, *arguments, **named):
        raise Patched(f'made with {arguments!r} {named!r}')


def note(_number, _frame):
    pass


def trace(_frame, _event, _argument):
    pass


def change_settings():
    socket.setdefaulttimeout(DEFAULT_TIMEOUT_SECONDS)
    threading.settrace(trace)
    threading.setprofile(trace)
    warnings.simplefilter('error')
    locale.setlocale(locale.LC_ALL, 'C')
    gc.disable()
    sys.setrecursionlimit(200)
    sys.setswitchinterval(0.001)
    os.umask(0o777)
    os.chdir('/')
    os.environ.clear()
    os.nice(1)
    for limit, most in ((resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def change_signals():
    """Each has a handler of the application's, but for those that cannot or end a process."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, 45}:
        if number < 32 and number not in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
            signal.signal(number, note)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def change_streams():
    """The standard streams are closed, and a file of the application's has their numbers."""
    for number in (0, 1, 2):
        os.close(number)
    for number in (0, 1, 2):
        opened = os.open(OWN_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        assert opened == number, opened
    os.fchmod(0, 0o600)
    os.write(1, b'mine\n')
    os.close(0)  # One number is left free.
    sys.stdin = sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None


def change_hooks():
    sys.excepthook = sys.unraisablehook = sys.displayhook = never
    threading.excepthook = never
    atexit.register(never)
    sys.path.clear()
    sys.meta_path.clear()
    sys.path_hooks.clear()


def replace_all(module):
    for name, value in list(vars(module).items()):
        if name.startswith('_') or not callable(value):
            continue
        is_class = isinstance(value, type)
        setattr(module, name, Never if is_class else never)


def change_modules():
    for module in IMPORTED:
        replace_all(module)
    for name in BUILTINS:
        setattr(builtins, name, never)


def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/raise':
        raise ValueError('in a request')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if path == '/echo':
        return [environ['wsgi.input'].read()]
    if path == '/large':
        return [b'x' * (8 << 20)]
    return two_chunks()


def two_chunks():
    yield b'first '
    sleep(2 * DEFAULT_TIMEOUT_SECONDS)
    yield b'second'


change_settings()
change_streams()
change_signals()
change_hooks()
change_modules()
