"""Answers which of its imports are other modules than those that the rest of Python gets."""

import builtins
import collections
import json
import os
import sys
import traceback

# An import statement in a module of the standard library.
IMPORT = vars(collections)['__builtins__']['__import__']


def application(environ, start_response):
    import decimal

    start_response('200 OK', [('Content-Type', 'text/plain')])
    mine = (builtins, decimal, json, os, sys, traceback)
    other = [module.__name__ for module in mine if IMPORT(module.__name__) is not module]
    return [f'others: {other}'.encode()]
