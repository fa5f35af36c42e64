"""Flask: sends a file by send_file, from memory, in a temporary file, or as many bytes as asked."""

import io
import os
import tempfile

from flask import Flask, Response, request, send_file

application = Flask(__name__)


@application.get("/file")
def by_path():
    return send_file(request.args["path"], mimetype="application/octet-stream", conditional=True)


@application.get("/memory")
def from_memory():
    return send_file(io.BytesIO(b"from memory"), mimetype="text/plain")


@application.get("/temporary")
def temporary():
    file = tempfile.TemporaryFile()
    file.write(b"without a name")
    file.seek(8)
    return send_file(file, mimetype="text/plain")


@application.get("/pieces")
def pieces():
    size = int(request.args["size"])
    piece = os.urandom(65536)
    return Response(piece for _ in range(size // len(piece)))


@application.get("/x-sendfile")
def by_name():
    return Response(headers={"X-Sendfile": request.args["path"]}, mimetype="text/x-own")


@application.get("/quick")
def quick():
    return "quick"
