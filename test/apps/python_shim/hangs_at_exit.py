"""Has an atexit function that does not return."""

import atexit
import time

from says_hello import application

atexit.register(time.sleep, 60)
__all__ = ['application']
