"""The QR code of a pass, drawn so that it is read from a cracked screen or a crumpled sheet."""

QUIET = 4  # light modules on each side (ISO/IEC 18004, 6.3.8)


def made(address):
    """With the error correction at which a quarter of it may be lost."""
    import segno  # only now: few requests draw one

    return segno.make(address, error="q", micro=False)


def svg(address):
    """As inline SVG: the policy allows neither ``data:`` nor a style attribute."""
    return made(address).svg_inline(border=QUIET, svgclass="qr", lineclass=None, omitsize=True, unit=None)
