"""Reading QR codes as a phone's camera does: a library that knows nothing of the one that draws them."""

from io import BytesIO

import zxingcpp
from PIL import Image


def read(picture: bytes) -> list[str]:
    """What the QR codes in a PNG hold."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(picture)).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return [one.text for one in found]
