"""Memory and open files of processes, looked at again and again while they work."""

import statistics
import threading
from collections import defaultdict

import psutil

EVERY = 0.5  # seconds
CLEAR = 10  # the first and the last tenth of the time are compared


class Vitals:
    """``everyone()`` gives the processes to look at, by name; in a ``with`` block.

    ``memory`` (bytes) and ``files`` (descriptors) hold ``{(name, pid): [at each look]}``.
    """

    def __init__(self, everyone):
        self.everyone = everyone
        self.memory, self.files = defaultdict(list), defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        self._thread.join(60)

    def _look(self):
        while not self._stop.is_set():
            for name, process in self.everyone():
                try:
                    memory, files = process.memory_info().rss, process.num_fds()
                except psutil.Error:
                    continue
                self.memory[name, process.pid].append(memory)
                self.files[name, process.pid].append(files)
            self._stop.wait(EVERY)

    def most_growth(self):
        """``(bytes, files)`` by which the process that grew most has grown."""
        return tuple(max(grown(samples) for samples in kind.values()) for kind in (self.memory, self.files))

    def most(self):
        """``(bytes, files)`` of the largest."""
        return tuple(max(max(samples) for samples in kind.values()) for kind in (self.memory, self.files))


def grown(samples):
    """From its first tenth to its last; medians, so that one busy moment does not count."""
    share = max(3, len(samples) // CLEAR)
    return statistics.median(samples[-share:]) - statistics.median(samples[:share])


def of(name, process):
    """A process and all that it has started."""
    parent = psutil.Process(process.pid)
    return [(name, one) for one in [parent, *parent.children(recursive=True)]]
