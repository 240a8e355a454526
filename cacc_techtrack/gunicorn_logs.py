"""gunicorn's own lines, in the form of all others (``logs.py``)."""

from django.conf import settings
from gunicorn.glogging import Logger

from .logs import JSONLines


class LinesOfGunicorn(Logger):
    def setup(self, cfg):
        super().setup(cfg)
        if not settings.LOCAL:
            for handler in self.error_log.handlers:
                handler.setFormatter(JSONLines())
