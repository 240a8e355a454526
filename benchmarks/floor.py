"""The floor: a bare WSGI callable that answers everything with one and the same answer, kept in a file."""

import json
import os
from base64 import b64decode

with open(os.environ["FLOOR_ANSWER"]) as file:
    kept = json.load(file)
status, headers, body = kept["status"], [tuple(pair) for pair in kept["headers"]], [b64decode(kept["body"])]


def application(environ, start_response):
    start_response(status, headers)
    return body
