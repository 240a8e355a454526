"""What browsers may do with our pages, the same everywhere: two of the settings, which read nothing."""

from csp.constants import NONE, SELF

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

PERMISSIONS_POLICY = {  # what browsers know and we do not use is off; passkeys are ours
    **dict.fromkeys(
        [
            *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "clipboard-write"),
            *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
            *("idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
            *("screen-wake-lock", "serial", "storage-access", "sync-xhr", "usb", "window-management"),
            "xr-spatial-tracking",
        ],
        "()",
    ),
    "publickey-credentials-create": "(self)",
    "publickey-credentials-get": "(self)",
}


def permissions(**otherwise):
    """The header's value; a page that needs what others do not names it: ``permissions(camera="(self)")``."""
    return ", ".join(f"{feature}={who}" for feature, who in (PERMISSIONS_POLICY | otherwise).items())
