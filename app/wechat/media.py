"""Files that people send: fetched from the platform within three days, judged by their first bytes."""

import os
import secrets
from pathlib import Path

from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.wechat.client import BotClient

MAX_BYTES = 10 * 1024 * 1024
UPLOADS = "uploads"
MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"#!AMR", "amr"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"%PDF-", "pdf"),
)


def suffix_of(content: bytes) -> str:
    """The file's type by its first bytes, as a suffix; empty for a type we do not keep."""
    for magic, suffix in MAGIC:
        if content.startswith(magic):
            return suffix
    if content[4:8] == b"ftyp":
        return "mp4"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return ""


def download(client: BotClient, media_id: str, data_dir: Path) -> str:
    """Fetch a file into `data_dir/uploads`, mode 0600, under a random name; its path relative to there.

    Raises DeliveryError; CONTENT for one larger than 10 MiB or of a type we do not keep.
    """
    content = client.download("media/get", MAX_BYTES, media_id=media_id)
    suffix = suffix_of(content)
    if not suffix:
        raise DeliveryError(ErrorKind.CONTENT, "media/get: type not kept")
    return store(content, suffix, data_dir)


def store(content: bytes, suffix: str, data_dir: Path) -> str:
    """Write one upload; the name says nothing about person or ticket."""
    folder = data_dir / UPLOADS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{secrets.token_hex(16)}.{suffix}"
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return name
