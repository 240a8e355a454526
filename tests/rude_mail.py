"""Mail servers that behave badly, each on a port of its own: what is out there."""

import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager
from types import SimpleNamespace

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .mailbox import Mailbox, hold_port


@contextmanager
def greeting(words=None):
    """Takes connections, says ``words`` (None: nothing, for ever), and then no more. Gives its port and a count."""
    server = socket.create_server(("127.0.0.1", 0))
    seen = SimpleNamespace(port=server.getsockname()[1], connections=0, open=[])

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            seen.connections += 1
            seen.open.append(connection)
            if words:
                connection.sendall(words.encode() + b"\r\n")
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
        for connection in seen.open:
            connection.close()


class _RefusesTLS(SMTP):
    """Offers STARTTLS, and then has none to give (RFC 3207, 4)."""

    async def smtp_STARTTLS(self, arg):
        await self.push("454 TLS not available due to temporary reason")


@contextmanager
def with_tls(mailbox: Mailbox, folder, *, refuse=False):
    """The same mailbox behind STARTTLS, with a certificate that nobody vouches for, or refusing it. Gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))

    class Server(Controller):
        def factory(self):
            kind = _RefusesTLS if refuse else SMTP
            return kind(self.handler, hostname="mail.test", tls_context=context, require_starttls=True)

    held = hold_port()
    port = held.getsockname()[1]
    held.close()
    controller = Server(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
