"""No `application`; what might be one, but `site`, raises when it is asked for anything."""


class Proxy:
    """As Flask's `request` outside of a request."""

    def __getattribute__(self, name):
        raise RuntimeError('Working outside of request context.')

    def __call__(self, environ, start_response):
        raise RuntimeError('Working outside of request context.')


class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError('do not ask this class')


class Touchy(metaclass=Meta):
    def __getattribute__(self, name):
        raise RuntimeError('do not ask this object')


class Site:
    def wsgi_app(self, environ, start_response):
        start_response('200 OK', [])
        return [b'']

    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)


api = Proxy()
applications = Proxy()
wsgi = Touchy
server = Touchy()
Flask = Site
site = Site()
