"""WSGI object (`gunicorn "run:app"`) and the server of `make run` (`python run.py`)."""

import gc

gc.disable()  # nothing that is imported is garbage: looking for it took a third of the start

import os  # noqa: E402
import sys  # noqa: E402

import config  # noqa: E402
from app import create_app  # noqa: E402
from app.cli.serve import serve  # noqa: E402

gc.freeze()
gc.enable()
os.umask(0o077)  # the data directory holds personal data

if __name__ == "__main__":
    sys.exit(serve(create_app, config.read()))

app = create_app(config.read())
