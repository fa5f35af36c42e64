#!/bin/sh
# Serves examples/flask in the foreground; Ctrl-C stops it.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here/examples/flask"
echo 'The example Flask application will answer at http://127.0.0.1:8000/ (Ctrl-C stops it).'
exec "$here/dist/reeve" --ini uwsgi.ini --home "$here/.venv"
