"""The example: a page, a slow page, and the environment of a request."""

import os
import time

from flask import Flask, request

app = Flask(__name__)


@app.route('/')
def hello():
    return f'Hello from worker {os.getpid()}\n'


@app.route('/slow')
def slow():
    time.sleep(2)
    return 'That took two seconds.\n'


@app.route('/environ')
def environ():
    lines = sorted(f'{name}={value}' for name, value in request.environ.items() if name.isupper())
    return '\n'.join(lines) + '\n', {'Content-Type': 'text/plain'}
