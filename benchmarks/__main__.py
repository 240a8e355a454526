"""All parts, one table: what ``make bench`` does. Exits with 1 when a goal was missed."""

import sys

from .results import RESULTS
from .running import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], results=RESULTS))
