"""Answers with the status in the query string and no body; a length only on HEAD."""

from urllib.parse import unquote


def application(environ, start_response):
    headers = (
        [] if environ['QUERY_STRING'][:3] in ('204', '304') else [('Content-Type', 'text/plain')]
    )
    if environ['REQUEST_METHOD'] == 'HEAD':
        headers.append(('Content-Length', '1000'))
    start_response(unquote(environ['QUERY_STRING']), headers)
    return []
