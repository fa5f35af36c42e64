"""Work beside requests by uwsgidecorators, unchanged: each function notes that it was called.

`?go` asks for all that does not begin by itself. Notes are in `notes`.
"""

import os

import uwsgi
from uwsgidecorators import (
    farm,
    harakiri,
    mule,
    mulefunc,
    mulemsg,
    postfork,
    rbtimer,
    signal,
    spool,
    spoolraw,
    thread,
    timer,
)

notes = os.open('notes', os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def note(*words):
    os.write(notes, ' '.join(map(str, words)).encode() + b'\n')


def here():
    if uwsgi.i_am_the_spooler():
        return 'spooler'
    return f'mule {uwsgi.mule_id()}' if uwsgi.mule_id() else f'worker {uwsgi.worker_id()}'


@postfork
def after_fork():
    note('after the fork:', here())


@mulefunc(1)
def in_mule_1(*words, **named):
    note('mulefunc:', here(), words, named)


@mulefunc(1)
@harakiri(60)
def bounded(word):
    note('harakiri:', here(), word)


@mule(2)
def brain():
    note('brain:', here())


@mulemsg(3)
def message_of_3(message):
    note('mulemsg:', here(), message)


@farm('letters')
def letter(message):
    note('farm:', here(), message)


@signal(40, target='mule1')
def signalled(number):
    note('signal:', here(), number)


@timer(1, signum=41, target='mule2')
def ticks(number):
    note('timer:', here(), number)


@rbtimer(1, signum=42, target='spooler')
def ticks_in_spooler(number):
    note('rbtimer:', here(), number)


@spool
def task(arguments):
    note('spool:', here(), arguments['name'])


@spool(pass_arguments=True)
def task_with_arguments(*words, **named):
    note('spool of arguments:', here(), words, named)


@spoolraw
def raw_task(arguments):
    note('spoolraw:', here(), arguments['name'])
    return uwsgi.SPOOL_OK


@thread
def beside():
    note('thread:', here())


def application(environ, start_response):
    if environ['QUERY_STRING'] == 'go':
        in_mule_1(1, 'two', three=3)
        bounded('bounded')
        uwsgi.mule_msg(b'message', 3)
        uwsgi.farm_msg('letters', b'letter')
        uwsgi.signal(40)
        task.spool(name='task')
        task_with_arguments.spool(1, 'two', three=3)
        raw_task.spool(name='raw')
        beside()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
