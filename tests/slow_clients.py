"""Clients that hold on to what they have: ``python -m tests.slow_clients ARGUMENTS``, in a process of its own, so that
what they cost is not the honest ones' time. ``SlowClients`` starts and ends it.

ARGUMENTS are JSON: ``port``, ``certificate`` (a file, or null for plain http), ``counts`` by kind, ``file`` (the
address of a large file). It prints a line when all are there, and at the end of its input one with what happened.
"""

import asyncio
import contextlib
import json
import resource
import socket
import ssl
import subprocess
import sys

from . import processes
from .nginx import HOST

EVERY = 3  # seconds between two bytes; nginx as shipped gives up after ten
AT_ONCE = 20  # handshakes
FIELDS = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\n"


class Held:
    """All connections of one run."""

    def __init__(self, port, certificate, counts, file):
        self.port, self.counts, self.file = port, counts, file
        self.tls = ssl.create_default_context(cafile=certificate) if certificate else None
        self.handshakes = asyncio.Semaphore(AT_ONCE)
        self.open, self.opened, self.refused = dict.fromkeys(counts, 0), 0, 0
        self.there = asyncio.Event()

    async def run(self):
        tasks = [asyncio.create_task(self.hold(kind)) for kind, count in self.counts.items() for _ in range(count)]
        await self.there.wait()
        print(json.dumps({"open": self.open}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps({"open": self.open, "opened": self.opened, "refused": self.refused}), flush=True)
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise ended

    async def hold(self, kind):
        """One client, for ever: whatever is closed is opened again."""
        while True:
            try:
                async with self.handshakes:
                    reader, writer = await self.connect(kind)
                    self.opened += 1
                    if kind == "idle":
                        await self.ask_once(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                self.refused += 1
                await asyncio.sleep(1)
                continue
            self.open[kind] += 1
            if self.opened >= sum(self.counts.values()):
                self.there.set()
            with contextlib.suppress(OSError):
                await getattr(self, kind)(reader, writer)
            self.open[kind] -= 1
            writer.transport.abort()
            await asyncio.sleep(0.1)

    async def connect(self, kind):
        plain = socket.socket()
        if kind == "readers":
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port))
        secured = {"ssl": self.tls, "server_hostname": HOST} if self.tls else {}
        limit = 1024 if kind == "readers" else 65536
        return await asyncio.open_connection(sock=plain, limit=limit, **secured)

    async def ask_once(self, reader, writer):
        writer.write(f"HEAD /healthz HTTP/1.1\r\n{FIELDS}\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")

    # What each kind does until it is shut out

    async def headers(self, reader, writer):
        writer.write(f"GET / HTTP/1.1\r\n{FIELDS}".encode())
        await drip(reader, writer, b"X-Slow: a\r\n")

    async def bodies(self, reader, writer):
        writer.write(f"POST /account/login/ HTTP/1.1\r\n{FIELDS}Content-Length: 100000\r\n\r\n".encode())
        await drip(reader, writer, b"a")

    async def readers(self, reader, writer):
        writer.write(f"GET {self.file} HTTP/1.1\r\n{FIELDS}\r\n".encode())
        while await reader.read(64):
            await asyncio.sleep(EVERY)

    async def idle(self, reader, writer):
        await reader.read(1)

    async def silent(self, reader, writer):
        await reader.read(1)


async def drip(reader, writer, piece):
    closed = asyncio.ensure_future(reader.read())
    try:
        while not closed.done():
            writer.write(piece)
            await writer.drain()
            await asyncio.wait([closed], timeout=EVERY)
    finally:
        closed.cancel()


class SlowClients:
    """In a ``with`` block that begins when all are connected. ``result`` is what they print at the end."""

    def __init__(self, port, certificate=None, file="/", **counts):
        arguments = {"port": port, "certificate": certificate and str(certificate), "counts": counts, "file": file}
        self.count, self.result = sum(counts.values()), None
        self.process = subprocess.Popen(
            processes.tied([sys.executable, "-m", "tests.slow_clients", json.dumps(arguments)]),
            cwd=processes.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        assert self.process.stdout.readline(), "the slow clients ended"
        return self

    def __exit__(self, *raised):
        said, _ = self.process.communicate(timeout=120)
        self.result = json.loads(said.splitlines()[0])
        assert self.process.returncode == 0

    @property
    def held(self):
        """How many connections are open at the end."""
        return sum(self.result["open"].values())


def main(arguments):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def run():
        await Held(**json.loads(arguments)).run()

    asyncio.run(run())


if __name__ == "__main__":
    main(sys.argv[1])
