"""A passkey in software (WebAuthn Level 2), to answer as no honest browser does: one part wrong at a time."""

import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
ORIGIN, RP_ID = "https://techtrack.test", "techtrack.test"


class SoftKey:
    """One credential; ``row_data`` is what the site keeps of it, ``answer`` what it says to a challenge."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.count = 0

    def added(self, challenge=b"x" * 16, *, origin=ORIGIN, flags=FLAG.UP | FLAG.UV):
        """The answer of the page that adds a passkey."""
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(sha256(RP_ID.encode()), flags | FLAG.AT, self.count, attested)
        return self._credential(
            clientDataJSON=websafe_encode(client_data("webauthn.create", challenge, origin)),
            attestationObject=websafe_encode(AttestationObject.create("none", data, {})),
        )

    def row_data(self):
        return {"name": "soft", "credential": self.added()}

    def answer(self, challenge, *, origin=ORIGIN, rp_id=RP_ID, flags=FLAG.UP | FLAG.UV, cross=False, signer=None):
        """What a browser posts; each argument is one thing that can be wrong. The count grows by one."""
        self.count += 1
        client = client_data("webauthn.get", challenge, origin, cross)
        data = sha256(rp_id.encode()) + struct.pack(">BI", flags, self.count)
        signature = (signer or self).key.sign(data + sha256(client), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
        )

    def _credential(self, **response):
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def client_data(kind, challenge, origin, cross=False):
    return CollectedClientData(
        json.dumps(
            {"type": kind, "challenge": websafe_encode(challenge), "origin": origin, "crossOrigin": cross}
        ).encode()
    )
