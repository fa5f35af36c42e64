"""A Flask application with the faults that reeve why has to name, each behind a path of its own."""

import ctypes
import os
import queue
import re
import sqlite3
import tempfile
import threading
import time

from flask import Flask

application = Flask(__name__)
first = threading.Lock()
second = threading.Lock()
kept = []
questions = queue.Queue()


def answer_questions():
    while True:
        questions.get().put('answer')


if os.environ.get('THREAD_AT_IMPORT'):
    threading.Thread(target=answer_questions, name='answers', daemon=True).start()

if os.environ.get('TASKS'):
    import uwsgi

    def send_mail(task):
        time.sleep(1000)
        return uwsgi.SPOOL_OK

    uwsgi.spooler = send_mail


@application.get('/')
def home():
    return 'well'


@application.get('/query')
def query():
    endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n'
    return str(sqlite3.connect(':memory:').execute(endless).fetchone())


@application.get('/leak')
def leak():
    kept.append(os.urandom(300_000))
    return 'kept'


@application.get('/one')
def one():
    with first:
        time.sleep(0.5)
        with second:
            return 'one'


@application.get('/other')
def other():
    with second:
        time.sleep(0.5)
        with first:
            return 'other'


@application.get('/hold')
def hold():
    return str(re.match(r'(a+)+$', 'a' * 40 + 'b'))


@application.get('/ask')
def ask():
    reply = queue.Queue()
    questions.put(reply)
    return reply.get()


@application.get('/crash')
def crash():
    ctypes.string_at(0)
    return 'crashed'


@application.get('/short')
def short():
    time.sleep(0.2)
    return 'short'


@application.get('/export')
def export():
    with tempfile.TemporaryFile() as file:
        file.write(os.urandom(2_000_000))
    return 'exported'


@application.get('/mail')
def mail():
    uwsgi.send_to_spooler({b'to': b'nobody'})
    return 'queued'
