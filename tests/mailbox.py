"""A mail server that keeps what it is sent, for tests that let mail really leave."""

import asyncio
import re
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

CODE = re.compile(r"\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b")


@dataclass(frozen=True)
class Received:
    """One message as it came: the envelope's recipients, and the message parsed."""

    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        return _lines(self.message.get_body(["plain"]))

    @property
    def html(self):
        return _lines(self.message.get_body(["html"]))

    @property
    def code(self):
        """The sign-in code in the text, or None."""
        found = CODE.search(self.text)
        return found and found.group()


def _lines(part):
    return part.get_content().replace("\r\n", "\n")


class Mailbox:
    """Everybody's mailbox.

    ``reply`` is the server's answer to each message: "250 accepted", a refusal like "451 later", or a function
    of the envelope that gives one. ``delay`` is how many seconds it takes to answer, ``delay_after`` how many once
    it has kept the message; with ``drops`` it then breaks off without an answer.
    """

    patience = 60  # seconds until a mail counts as not sent

    def __init__(self, port_held: socket.socket):
        self._came = threading.Condition()
        self._port_held = port_held
        self.port = port_held.getsockname()[1]
        self._controller = None
        self.clear()

    def start(self):
        self._controller = _Server(self, self._port_held)
        self._controller.start()

    def stop(self):
        self._controller.stop()

    @contextmanager
    def down(self):
        """As long as this lasts, the mail server takes no connections."""
        self.stop()
        self._port_held = hold_port(self.port)
        try:
            yield
        finally:
            self.start()

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.delay)
        reply = self.reply(envelope) if callable(self.reply) else self.reply
        if reply.startswith("2"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            with self._came:
                self._received.append(Received(tuple(envelope.rcpt_tos), message, envelope.content))
                self._came.notify_all()
            await asyncio.sleep(self.delay_after)
            if self.drops:
                server.transport.abort()
        return reply

    def clear(self):
        """Forget what came, and answer as a mail server should."""
        self.reply = "250 accepted"
        self.delay = self.delay_after = 0
        self.drops = False
        with self._came:
            self._received = []

    @property
    def messages(self):
        """All that was received since the test began, oldest first."""
        with self._came:
            return list(self._received)

    def find(self, to=None, subject_contains="", having_code=False):
        """The messages that fit, oldest first; ``to`` is one recipient, whatever the case of its letters."""
        return [
            received
            for received in self.messages
            if (to is None or to.lower() in {address.lower() for address in received.recipients})
            and subject_contains.lower() in received.subject.lower()
            and (received.code or not having_code)
        ]

    def wait_for(self, to=None, subject_contains="", timeout=None, having_code=False, count=1):
        """Wait until ``count`` messages fit and return the newest; fails, telling what did come."""
        timeout = self.patience if timeout is None else timeout
        deadline = time.monotonic() + timeout
        with self._came:
            while len(found := self.find(to, subject_contains, having_code)) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    came = [f"{', '.join(r.recipients)}: {r.subject}" for r in self._received] or ["nothing"]
                    raise AssertionError(f"No mail to {to} with {subject_contains!r} in {timeout} s; came: {came}")
                self._came.wait(left)
        return found[-1]

    def code_for(self, address, timeout=None, count=1):
        """The newest sign-in code mailed to an address, like "BCDF-GHJK"; waits until ``count`` have come."""
        return self.wait_for(address, timeout=timeout, having_code=True, count=count).code


def hold_port(port=0):
    """A socket of 127.0.0.1 that refuses connections until somebody listens on it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


class _Server(Controller):
    """aiosmtpd's, on a socket that is already bound."""

    def __init__(self, handler, sock):
        super().__init__(handler, hostname="127.0.0.1", port=sock.getsockname()[1], server_hostname="mail.test")
        self.sock = sock

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.sock)
