"""Never comes out of its import: asleep, or in C code that holds the interpreter's lock."""

import ctypes
import os
import threading
import time


def wait_in_thread():
    threading.Event().wait()


def hang_deeply():
    if os.environ['MANNER'] == 'sleep':
        time.sleep(600)
    else:
        lock = ctypes.create_string_buffer(64)
        libc = ctypes.PyDLL(None)
        libc.pthread_mutex_lock(lock)
        libc.pthread_mutex_lock(lock)


threading.Thread(target=wait_in_thread, daemon=True).start()
hang_deeply()
