"""Pictures: read, and written anew without anything but the picture.

Whatever else was in the file (where and with what it was taken, comments, another file behind its end) is not in the
one that is kept.
"""

import io

from PIL import Image, ImageCms, ImageOps

from ..models import Material
from .checking import Refused

MOST_PIXELS = 40_000_000  # about 120 MB while it is worked on; a phone's camera makes 12 to 50 million
GPS = 0x8825  # Exif's part that says where
COMMENTS = {"comment", "xmp", "XML:com.adobe.xmp", "photoshop", "Comment", "Description", "Author", "Software", "Title"}


def written_anew(content):
    """``(content, content_type, ending, what was taken out)``. Raises ``Refused``."""
    try:
        return _written_anew(content)
    except Refused:
        raise
    except Exception:  # a reader of strangers' bytes fails in many ways
        raise Refused("This picture cannot be read: it is damaged. Save it anew, and try again.") from None


def _written_anew(content):
    image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
    if image.width * image.height > MOST_PIXELS:
        raise Refused(f"This picture has {image.width} × {image.height} points; together there may be {MOST_PIXELS:,}.")
    is_png = content.startswith(b"\x89PNG")
    if is_png and getattr(image, "is_animated", False):
        raise Refused("This picture moves. Save one of its pictures alone.")
    removed = _what_else(image)
    image.load()
    profile = image.info.get("icc_profile")
    kept = {"transparency": image.info["transparency"]} if is_png and "transparency" in image.info else {}
    image = ImageOps.exif_transpose(image)
    if profile and image.mode in {"RGB", "L"}:
        image = _in_common_colours(image, profile)
    image.info = kept
    out = io.BytesIO()
    if is_png:
        image.save(out, "PNG", optimize=False)
        return out.getvalue(), Material.Kind.PNG, ".png", removed
    image.save(out, "JPEG", quality=92)
    return out.getvalue(), Material.Kind.JPEG, ".jpg", removed


def _what_else(image):
    found, exif = [], image.getexif()
    if exif.get_ifd(GPS):
        found.append("where it was taken")
    if exif:
        found.append("with what and when it was made")
    if COMMENTS & image.info.keys() or getattr(image, "text", None):
        found.append("comments")
    return found


def _in_common_colours(image, profile):
    """As every screen shows it, since the profile is not kept."""
    try:
        return ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def tells_where(content):
    """Whether a picture within another file says where it was taken."""
    try:
        return bool(Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]).getexif().get_ifd(GPS))
    except Exception:  # what cannot be read tells nothing
        return False
