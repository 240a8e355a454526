#!/usr/bin/env python3
"""Django's command-line utility for the Tech Track."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
    from django.core.management import execute_from_command_line

    from cacc_techtrack import logs, signal_file

    logs.each_crash()
    try:
        execute_from_command_line(sys.argv)
    finally:
        signal_file.give_if_settings_were_read()


if __name__ == "__main__":
    main()
