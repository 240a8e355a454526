"""Brings the data up to date with this version of the site: before the web server starts, and before an upgrade from
the folder of the new version, beside the one that runs. Quick when there is nothing to do.
"""

from django.core.management.base import BaseCommand

from cacc_techtrack import at_work, serve, storage


class Command(BaseCommand):
    help = "Migrates, makes the cache's table, collects static files when they have changed."

    def handle(self, **options):
        storage.check()
        with at_work.together():
            serve.bring_up_to_date()
