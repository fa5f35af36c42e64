"""Has a time limit that raises, by SIGUSR1, also where no request runs in the main thread.

/late answers once the limit has ended something twice.
"""

import signal
import time

ended = []


class LimitReached(Exception):
    pass



def give_up(_number, _frame):
    ended.append(time.monotonic())
    raise LimitReached('the time limit')


signal.signal(signal.SIGUSR1, give_up)


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    while environ['PATH_INFO'] == '/late' and len(ended) < 2:
        time.sleep(0.01)
    return [b'served']
