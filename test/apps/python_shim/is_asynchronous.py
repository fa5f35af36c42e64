"""ASGI in its many forms, none of which may be run to find out."""

import functools


async def application(scope, receive, send):
    raise AssertionError('this was called')


class Framework:
    """As FastAPI, Starlette and Quart."""

    async def __call__(self, scope, receive, send):
        raise AssertionError('this was called')

    async def handle(self, scope, receive, send):
        raise AssertionError('this was called')


class Derived(Framework):
    def __getattr__(self, name):
        raise AssertionError(f'{name} was asked for')


def returns_coroutine(scope, receive, send):
    return application(scope, receive, send)


def make():
    return Framework()


async def with_wsgi_names(environ, start_response):
    return [b'']


async def yields(environ, start_response):
    yield b''


framework = Framework()
derived = Derived()
method = framework.handle
partial = functools.partial(application)
partial_of_method = functools.partial(framework.handle, receive=None)


def hides_a_coroutine(environ, start_response):
    return with_wsgi_names(environ, start_response)
