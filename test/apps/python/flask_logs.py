"""Flask as most have it: `application` logs by Flask alone.

With FLASK_EARLY in the environment Flask's own handler is there before Reeve has looked.
"""

import logging
import os

from flask import Flask

application = Flask(__name__)
if "FLASK_EARLY" in os.environ:
    application.logger.setLevel(logging.INFO)
if "BASIC_CONFIG" in os.environ:
    logging.basicConfig(format="%(levelname)s|%(message)s", level=logging.INFO)


@application.route("/")
def index():
    return "here"


@application.route("/broken")
def broken():
    raise LookupError("nothing there")


@application.route("/warn")
def warn():
    application.logger.warning("first\nsecond")
    logging.getLogger("shop.orders").error("an order\nfailed")
    logging.getLogger("shop.orders").info("an order came")
    return "warned"


@application.route("/print")
def print_lines():
    print("one\ntwo\nthree")
    return "printed"


@application.route("/configure")
def configure():
    """Whatever Reeve has added, the application may still configure its logging."""
    logging.basicConfig(format="%(levelname)s|%(message)s", level=logging.INFO)
    logging.getLogger("shop").info("configured\nlate")
    return "configured"
