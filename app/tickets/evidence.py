"""Files that prove a rectification (整改佐证材料): judged by their first bytes, kept under a name that says nothing."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path, PurePath

from app.tickets.values import Incomplete

UPLOADS = "uploads"
MAX_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 120
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAGIC = (
    (b"\xff\xd8\xff", ".jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", ".png", "image/png"),
    (b"%PDF-", ".pdf", "application/pdf"),
)


@dataclass(frozen=True)
class KeptFile:
    """A stored file: what people call it, and where it lies below the uploads folder of the data dir."""

    name: str
    path: str
    media_type: str
    digest: str


def keep_file(data_dir: Path, name: str, content: bytes) -> KeptFile:
    """Store one file, mode 0600; Incomplete for an empty, oversized or unknown one."""
    if not content:
        raise Incomplete("文件是空的，请重新选择", field="file")
    if len(content) > MAX_BYTES:
        raise Incomplete(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请压缩后再传", field="file")
    suffix, media_type = _kind_of(name, content)
    folder = data_dir / UPLOADS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored = f"{secrets.token_hex(16)}{suffix}"
    descriptor = os.open(folder / stored, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    shown = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable())
    return KeptFile(shown[-NAME_LENGTH:] or stored, stored, media_type, hashlib.sha256(content).hexdigest())


def _kind_of(name: str, content: bytes) -> tuple[str, str]:
    for magic, suffix, media_type in MAGIC:
        if content.startswith(magic):
            return suffix, media_type
    suffix = PurePath(name).suffix.lower()
    if content.startswith(b"PK\x03\x04") and suffix in OFFICE:
        return suffix, OFFICE[suffix]
    raise Incomplete("佐证材料请用照片（JPG、PNG）、PDF、Word（docx）或 Excel（xlsx）", field="file")
