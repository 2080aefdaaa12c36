"""Pictures without what cameras and programs write beside them: place, time, device, owner, earlier versions.

Everybody in the district may open a picture of the handbook. What shows is kept as it is, byte for byte, with its
colours; of an EXIF block only how the picture is to be turned. Formats: JPEG (ITU T.81), EXIF 2.3, PNG (ISO 15948),
WebP (RFC 9649).
"""

import struct
from collections.abc import Callable, Iterator, Mapping

from app.errors import AppError
from handbook.media import type_of

UNREADABLE = "这张图片读不完整：用画图软件打开另存一份再传"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# What a picture is made of and how it looks; all other chunks tell something else.
PNG_SHOWN = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
     b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip
WEBP_TOLD = frozenset({b"EXIF", b"XMP "})
WEBP_FLAGS = 0x04 | 0x08  # of VP8X: has XMP, has EXIF
START, END, SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
APPLICATION = range(0xE0, 0xF0)
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length: restarts inside a scan
EXIF = b"Exif\x00\x00"
COLOURS = ((0xE0, b"JFIF\x00"), (0xE2, b"ICC_PROFILE\x00"), (0xEE, b"Adobe"))
ORIENTATION, SHORT = 0x0112, 3


def without_traces(content: bytes) -> bytes:
    """The picture as it shows and nothing else; what is no picture comes back unchanged. Raises AppError if broken.

    Doing it twice changes nothing more.
    """
    cleaner = _CLEANERS.get(type_of(content))
    if cleaner is None:
        return content
    try:
        return cleaner(content)
    except (IndexError, ValueError, struct.error):
        raise AppError(UNREADABLE, field="file") from None


def _png(content: bytes) -> bytes:
    kept, at = [PNG_HEAD], len(PNG_HEAD)
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise ValueError(name)
        if name in PNG_SHOWN:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end


def _webp(content: bytes) -> bytes:
    kept, at = [], 12
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if end > len(content):
        raise ValueError(end)
    while at < end:
        name, (length,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        chunk = bytearray(content[at : at + 8 + length + length % 2])
        if name == b"VP8X":
            chunk[8] &= ~WEBP_FLAGS
        if name not in WEBP_TOLD:
            kept.append(bytes(chunk))
        at += 8 + length + length % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _jpeg(content: bytes) -> bytes:
    kept = [content[:2]]
    for marker, segment in _segments(content):
        if marker == 0xE1 and segment[4:].startswith(EXIF):
            kept.append(_turned(segment[4 + len(EXIF) :]))
        elif marker in APPLICATION:
            is_colour = any(marker == number and segment[4:].startswith(name) for number, name in COLOURS)
            kept.append(segment if is_colour else b"")
        elif marker != COMMENT:
            kept.append(segment)
    return b"".join(kept)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment; a scan together with its data. Nothing after the end of the picture."""
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError(at)
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == END:
            yield marker, content[at : at + 2]
            return
        end = at + 2 if marker in ALONE else at + 2 + struct.unpack_from(">H", content, at + 2)[0]
        if marker == SCAN:
            end = _end_of_scan(content, end)
        if end > len(content):
            raise ValueError(marker)
        yield marker, content[at:end]
        at = end


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker is that is neither a stuffed byte nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and content[at + 1] not in ALONE:
            return at
        at += 2


def _turned(tiff: bytes) -> bytes:
    """An EXIF segment that says how to turn the picture, where that is needed; else nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        entries = [struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * n) for n in range(count)]
    except struct.error:
        return b""
    turn = next((entry[3] for entry in entries if entry[0] == ORIENTATION), 1)
    if not 2 <= turn <= 8:
        return b""
    body = EXIF + b"MM\x00\x2a" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, SHORT, 1, turn, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


_CLEANERS: Mapping[str, Callable[[bytes], bytes]] = {"png": _png, "jpg": _jpeg, "webp": _webp}
