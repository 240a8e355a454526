"""How much memory this process has."""

import os
from functools import cache

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident():
    """Bytes of this process that are in memory now, shared ones too; 0 where the system does not say (not Linux)."""
    file = _opened(os.getpid())
    return int(os.pread(file, 128, 0).split()[1]) * PAGE if file is not None else 0


@cache  # asked after each request, of which opening it anew would be a tenth
def _opened(process):
    """proc(5): counted in pages: size, resident, ... A worker that was forked has a file of its own."""
    try:
        return os.open(f"/proc/{process}/statm", os.O_RDONLY)
    except FileNotFoundError:
        return None
