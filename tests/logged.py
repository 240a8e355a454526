"""What a real site logs, as its handler writes it."""

import io
import json
import logging
from contextlib import contextmanager

from cacc_techtrack import logs


class Log:
    def __init__(self):
        self.stream = io.StringIO()

    @property
    def text(self):
        return self.stream.getvalue()

    def lines(self, event=None):
        found = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in found if event in (None, line["event"])]


@contextmanager
def logging_to_a_log():
    written = Log()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(logs.JSONLines())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
