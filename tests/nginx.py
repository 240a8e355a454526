"""The real nginx with the shipped configuration, in front of a live site; and a greedy cache in front of that.

Of ``deploy/nginx.conf`` only ports, paths, host name and certificate are others. It runs unprivileged, on
127.0.0.1, with a certificate made for the test.
"""

import base64
import datetime as dt
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import processes

HOST = "techtrack.test"
REAL = {"SITE_URL": f"https://{HOST}", "TRUSTED_PROXY_COUNT": "1"}  # what the site behind it runs with
SHIPPED = processes.BASE_DIR / "deploy" / "nginx.conf"
MISSING = "No nginx was found. Install it (Debian: apt-get install nginx-light) or name one in NGINX."


def find_nginx():
    for name in [os.environ["NGINX"]] if os.environ.get("NGINX") else ["nginx", "/usr/sbin/nginx"]:
        if found := shutil.which(name):
            return found
    raise RuntimeError(MISSING)


class Nginx:
    """One nginx in a temporary folder; ``port`` speaks https, ``plain_port`` http. ``stop()`` ends it.

    ``others`` are the ports of further replicas of the site.
    """

    def __init__(self, site_port, *others):
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-", dir=os.environ["TEST_RUN_DIR"]))
        self.port, self.plain_port = processes.free_ports(2)
        self.access_log = self.folder / "access.log"
        self.error_log = self.folder / "error.log"
        self.browsers = []
        make_certificate(self.folder)
        self.start(self.configuration(site_port, *others))

    def configuration(self, site_port, *others):
        return as_a_test(SHIPPED.read_text(), self, site_port, *others)

    def start(self, text):
        nobody = processes.as_unprivileged_user()
        (self.folder / "nginx.conf").write_text(text)
        for path in [self.folder, *self.folder.iterdir()]:
            if nobody:
                os.chown(path, nobody["user"], nobody["group"])
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                processes.tied(
                    [find_nginx(), "-p", self.folder, "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"],
                    "QUIT",
                ),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                **nobody,
            )
        processes.wait_until(self.listens, 60, "nginx listens")

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"nginx ended: {self.said()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def key_digest(self):
        """By which a browser may be told to trust the certificate: SHA-256 of its public key, in base64."""
        certificate = x509.load_pem_x509_certificate((self.folder / "certificate.pem").read_bytes())
        encoding = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(hashlib.sha256(certificate.public_key().public_bytes(*encoding)).digest()).decode()

    def said(self):
        """All that it wrote down."""
        files = [self.folder / "said", self.error_log, self.access_log]
        return "".join(path.read_text(errors="replace") for path in files if path.exists())

    def trust(self):
        """For a client: this certificate, and no other."""
        return ssl.create_default_context(cafile=self.folder / "certificate.pem")

    def stop(self):
        for browser in self.browsers:
            browser.close()
        status = processes.stop(self.process)
        if "emerg" in self.said():
            raise AssertionError(self.said())
        return status


class GreedyCache(Nginx):
    """What a careless company puts before the web: it keeps all that it is not told to leave, by address alone.

    ``deaf`` also keeps what it is told not to: the control, in which guests' pages do reach strangers.
    """

    def __init__(self, behind_it: Nginx, deaf=False):
        self.deaf = deaf
        super().__init__(behind_it.port)

    def configuration(self, site_port):
        return GREEDY.format(
            folder=self.folder,
            port=self.port,
            site_port=site_port,
            host=HOST,
            deaf="proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;" if self.deaf else "",
        )


GREEDY = """
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/other; uwsgi_temp_path {folder}/other; scgi_temp_path {folder}/other;
    proxy_cache_path {folder}/kept keys_zone=kept:10m;
    client_max_body_size 16m;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass https://127.0.0.1:{site_port};
            proxy_ssl_server_name on;
            proxy_ssl_name {host};
            proxy_set_header Host $host;
            proxy_cache kept;
            proxy_cache_key $request_uri;
            proxy_cache_valid any 1h;
            {deaf}
            add_header X-Kept $upstream_cache_status always;
        }}
    }}
}}
"""


def as_a_test(text, nginx, *site_ports):
    """The shipped configuration for a test: other ports, paths, host name and certificate; each must be there."""
    folder = nginx.folder
    replica = r"( *server )127\.0\.0\.1:8000( .+;\n)"
    line = re.search(replica, text)
    others = "".join(f" {kind}_temp_path {folder}/other;" for kind in ("fastcgi", "uwsgi", "scgi"))
    for pattern, instead in [
        (r"user www-data;\n", ""),
        (r"worker_processes auto;", "worker_processes 2;"),
        (r"/run/nginx\.pid", f"{folder}/nginx.pid"),
        (r"/var/log/nginx/", f"{folder}/"),
        (r"/var/lib/nginx/body;", f"{folder}/body;{others}"),
        (r"/var/lib/nginx/proxy", f"{folder}/proxy"),
        (r"/var/lib/nginx/files", f"{folder}/files"),
        (r"listen 80\b", f"listen 127.0.0.1:{nginx.plain_port}"),
        (r"listen 443\b", f"listen 127.0.0.1:{nginx.port}"),
        (r"/var/www/html", f"{folder}/html"),
        (r"/etc/letsencrypt/live/techtrack\.example\.org/fullchain\.pem", f"{folder}/certificate.pem"),
        (r"/etc/letsencrypt/live/techtrack\.example\.org/privkey\.pem", f"{folder}/key.pem"),
        (r"techtrack\.example\.org", HOST),
        (replica, "".join(f"{line[1]}127.0.0.1:{port}{line[2]}" for port in site_ports)),
    ]:
        text, count = re.subn(pattern, lambda _, instead=instead: instead, text)
        assert count, f"deploy/nginx.conf has no {pattern} any more"
    return text


def make_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(*private))
    (folder / "key.pem").chmod(0o600)
