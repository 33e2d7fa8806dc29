"""WSGI object (`gunicorn "run:app"`) and the server of `make run` (`python run.py`)."""

import os
import sys

import config
from app import create_app
from app.cli.serve import serve

os.umask(0o077)  # the data directory holds personal data

if __name__ == "__main__":
    sys.exit(serve(create_app, config.read()))

app = create_app(config.read())
