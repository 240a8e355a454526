"""A file encrypted to a public key, written and read as a stream.

HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) seals a key of the file's own; with it AES-256-GCM seals portions of
1 MiB. Each portion's nonce is its number and whether it is the last, so that none can be left out, moved or cut off.
The site knows the public key alone: what it wrote, it cannot read.

Everybody may know the public key, and so write such a file. Therefore it bears a seal: an HMAC of all of it under a key
derived from ``SECRET_KEY``, which tells the site's own from all others.
"""

import base64
import binascii
import hmac
import io
import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cacc_techtrack import sealing

MAGIC = b"techtrack-backup-2\n"
SEAL = 32  # bytes
PORTION = 2**20
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
_KEY_SEALED = 32 + 32 + 16  # bytes: HPKE's own key, ours, its tag


class Unreadable(Exception):
    """Not a backup, not for this key, or not as it was written."""


class NotSealed(Unreadable):
    """Not written with this site's ``SECRET_KEY``."""


def _seal():
    seal = sealing.authenticator("backup")
    seal.update(MAGIC)
    return seal


def new_key():
    """``(private, public)``, each as text."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes(*_RAW))


def public_key(text):
    return X25519PublicKey.from_public_bytes(_bytes(text))


def private_key(text):
    return X25519PrivateKey.from_private_bytes(_bytes(text))


def _text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text):
    """Raises ``ValueError`` when it is no key."""
    try:
        raw = base64.urlsafe_b64decode(text.strip() + "=")
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise ValueError("A backup key has 43 letters, as `manage.py backup --new-key` prints it.")
    return raw


def _nonce(number, is_last):
    return struct.pack(">IIHBB", 0, number, 0, 0, is_last)


class Writer(io.RawIOBase):
    def __init__(self, file, key):
        self.file = file
        own = secrets.token_bytes(32)
        self.seal = _seal()
        self.place_of_seal = file.write(MAGIC)
        file.write(bytes(SEAL))
        self._write(_SUITE.encrypt(own, key, MAGIC))
        self.cipher = AESGCM(own)
        self.number, self.held = 0, bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.held += data
        while len(self.held) > PORTION:  # the last portion is never written before it is known to be the last
            self._put(bytes(self.held[:PORTION]), is_last=False)
            del self.held[:PORTION]
        return len(data)

    def close(self):
        if not self.closed:
            self._put(bytes(self.held), is_last=True)
            self.file.seek(self.place_of_seal)
            self.file.write(self.seal.digest())
            super().close()

    def _put(self, data, *, is_last):
        self._write(self.cipher.encrypt(_nonce(self.number, is_last), data, MAGIC))
        self.number += 1

    def _write(self, data):
        self.seal.update(data)
        self.file.write(data)


class Reader(io.RawIOBase):
    """Raises ``Unreadable`` as soon as something is not as it was written."""

    def __init__(self, file, key):
        self.file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise Unreadable("This is not a backup of this site.")
        self.seal, self.seal_it_bears = _seal(), file.read(SEAL)
        try:
            self.cipher = AESGCM(_SUITE.decrypt(self._read(_KEY_SEALED), key, MAGIC))
        except InvalidTag:
            raise Unreadable("This backup was made for another key.") from None
        self.number, self.held, self.ahead = 0, b"", self._read(PORTION + 16)

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.held and self.ahead:
            sealed, self.ahead = self.ahead, self._read(PORTION + 16)
            try:
                self.held = self.cipher.decrypt(_nonce(self.number, not self.ahead), sealed, MAGIC)
            except InvalidTag:
                raise Unreadable("This backup is damaged or was cut off.") from None
            self.number += 1
        count = min(len(buffer), len(self.held))
        buffer[:count] = self.held[:count]
        self.held = self.held[count:]
        return count

    def _read(self, count):
        data = self.file.read(count)
        self.seal.update(data)
        return data

    def bears_our_seal(self):
        """Only to be asked when all of it was read."""
        return hmac.compare_digest(self.seal.digest(), self.seal_it_bears)
