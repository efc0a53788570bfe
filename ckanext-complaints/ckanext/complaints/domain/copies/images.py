"""Images drawn anew: the pixels, turned as they were meant, and nothing else.

Colours are brought to sRGB and the profile is left out: it can name the device.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.evidence import Kind

MAX_PIXELS = 64_000_000
MAX_SIDE = 20_000
SRGB = ImageCms.createProfile("sRGB")
MODES = {"1": "L", "I;16": "L", "I": "L", "F": "L", "LA": "RGBA", "PA": "RGBA", "CMYK": "RGB"}
FAULTS = (OSError, ValueError, SyntaxError, MemoryError, OverflowError, UnidentifiedImageError)


def clean_image(content: bytes, kind: Kind) -> bytes:
    """Return the picture alone; of several in one file, the first.

    Raises:
        NoCopy: too many pixels, or not to be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=[kind.code.upper()]) as image:
                if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                    raise NoCopy("too-many-pixels")
                return _encoded(_pixels(image), kind)
    except Image.DecompressionBombError as error:
        raise NoCopy("too-many-pixels") from error
    except FAULTS as error:
        raise NoCopy("unreadable") from error


def _pixels(image: Image.Image) -> Image.Image:
    """Return a new image of the same pixels, upright."""
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    if profile and turned.mode in ("RGB", "CMYK"):
        turned = _in_srgb(turned, profile)
    wanted = "RGBA" if turned.has_transparency_data else MODES.get(turned.mode, turned.mode)
    if wanted not in ("L", "RGB", "RGBA"):
        wanted = "RGB"
    drawn = turned if turned.mode == wanted else turned.convert(wanted)
    return Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A damaged profile: the colours are a little off.
        return image
    return converted or image


def _encoded(image: Image.Image, kind: Kind) -> bytes:
    out = io.BytesIO()
    if kind.code == "jpeg":
        image.convert("RGB" if image.mode == "RGBA" else image.mode).save(out, "JPEG", quality=90)
    elif kind.code == "webp":
        image.save(out, "WEBP", quality=90)
    else:
        image.save(out, "PNG")
    return out.getvalue()
