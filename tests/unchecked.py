"""The mail worker, started without a look at the database file, to show that the tests of such starts can fail."""

import os

from django.core.management import execute_from_command_line


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
    from cacc_techtrack import storage

    storage.check = lambda: None
    execute_from_command_line(["manage.py", "deliver_mail", "--once"])


if __name__ == "__main__":
    main()
