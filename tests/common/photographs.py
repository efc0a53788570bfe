"""A photograph as a phone takes it: it says where it was taken."""

from __future__ import annotations

import io

from PIL import Image

GPS, DESCRIPTION = 0x8825, 0x010E
WHERE = {1: "N", 2: (36.0, 48.0, 0.0), 3: "E", 4: (10.0, 10.0, 0.0)}
CANARY = "CANARY-GPS"


def photograph():
    """Return a photograph that says where it was taken."""
    picture, exif = Image.new("RGB", (64, 48), "teal"), Image.Exif()
    exif.get_ifd(GPS).update(WHERE)
    exif[DESCRIPTION] = CANARY
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def place_in(content):
    """Return what a photograph says of where it was taken."""
    return dict(Image.open(io.BytesIO(content)).getexif().get_ifd(GPS))
