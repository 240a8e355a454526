"""People who come, each over a connection of their own: what they ask for, how long they waited, what went wrong.

A visit is what a browser does that was never here: a TCP connection and a whole TLS handshake, the agenda, then its
files, compressed as browsers ask for it. They speak HTTP/1.1 and ask for one after another, where a browser speaks
HTTP/2 and asks for the files at once. Waiting is counted from the moment somebody meant to come, so that what this
client, which is one process, is late itself is in it.
"""

import asyncio
import random
import re
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.nginx import HOST

PATIENCE = 30  # seconds that somebody waits for one visit
AS_BROWSERS_ASK = {"Accept-Encoding": "gzip, deflate, br, zstd"}
SAYS = "".join(f"{name}: {value}\r\n" for name, value in ({"Host": HOST} | AS_BROWSERS_ASK).items())
NEEDED = re.compile(r'<link rel="(?:icon|stylesheet|manifest)" href="([^"]+)"|<script src="([^"]+)"')
WORKER = re.compile(r'data-worker="([^"]+)"')


def files_of(page):
    """Addresses of what a browser fetches for a page, in its order."""
    return [link or script for link, script in NEEDED.findall(page)]


@dataclass
class Visits:
    """``pages``: seconds until the agenda was there, connection and handshake included; ``files``: of each file;
    ``visits``: until everything was. ``late``: of this client. ``failed``: what went wrong, in words.
    """

    pages: list = field(default_factory=list)
    files: list = field(default_factory=list)
    visits: list = field(default_factory=list)
    late: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    bytes: int = 0
    cpu: float = 0
    seconds: float = 0

    @property
    def requests(self):
        return len(self.pages) + len(self.files)

    @property
    def every(self):
        return self.pages + self.files


def p95(seconds):
    return sorted(seconds)[int(len(seconds) * 0.95)] if seconds else float("inf")


def arrivals(count, within, seed=6):
    """Seconds at which ``count`` people come who know nothing of each other (Poisson, given how many they are)."""
    chance = random.Random(seed)
    return sorted(chance.uniform(0, within) for _ in range(count))


def come(nginx, count, within, files, *, is_due, cookies=None):
    """``count`` visits within so many seconds; ``is_due`` says of the agenda's bytes whether they are the right ones.

    ``cookies``: a Cookie header for each of them.
    """
    visits, tls = Visits(), nginx.trust()
    headers = [SAYS + (f"Cookie: {cookies[number]}\r\n" if cookies else "") for number in range(count)]

    async def all_of_them():
        start = time.perf_counter()
        await asyncio.gather(
            *(
                _come_at(start + at, visits, nginx.port, tls, said, files, is_due)
                for at, said in zip(arrivals(count, within), headers, strict=True)
            )
        )
        visits.seconds = time.perf_counter() - start

    before = time.process_time()
    with ThreadPoolExecutor(1) as aside:  # where no other loop runs: Playwright leaves its own in the main thread
        aside.submit(lambda: asyncio.run(all_of_them())).result()
    visits.cpu = time.process_time() - before
    return visits


async def _come_at(moment, visits, port, tls, said, files, is_due):
    await asyncio.sleep(moment - time.perf_counter())
    visits.late.append(time.perf_counter() - moment)
    try:
        async with asyncio.timeout(PATIENCE):
            await _visit(moment, visits, port, tls, said, files, is_due)
    except (OSError, EOFError, TimeoutError, ssl.SSLError, asyncio.LimitOverrunError, ValueError) as error:
        visits.failed.append(f"{type(error).__name__}: {error}")


async def _visit(moment, visits, port, tls, said, files, is_due):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=HOST)
    try:
        body = await _ask(reader, writer, "/", said, visits)
        visits.pages.append(time.perf_counter() - moment)
        if not is_due(body):
            raise ValueError("/ was not the page that is due")
        for path in files:
            begin = time.perf_counter()
            await _ask(reader, writer, path, said, visits)
            visits.files.append(time.perf_counter() - begin)
        visits.visits.append(time.perf_counter() - moment)
    finally:
        writer.transport.abort()  # who leaves says nothing more


async def _ask(reader, writer, path, said, visits):
    writer.write(f"GET {path} HTTP/1.1\r\n{said}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, length = head.split(" ", 2)[1], re.search(r"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    if status != "200" or not length:
        raise ValueError(f"{path} was answered {status}")
    body = await reader.readexactly(int(length[1]))
    visits.bytes += len(head) + len(body)
    return body
