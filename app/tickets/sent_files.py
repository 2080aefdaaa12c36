"""Files that people sent, as they lie on the disk: found by their row, never outside of the uploads."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from app.errors import NotFound
from app.tickets.models import Attachment, Ticket

FOLDER = "uploads"
PICTURES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
OTHERS = {"pdf": "application/pdf", "mp4": "video/mp4", "amr": "audio/amr", "mp3": "audio/mpeg"}
KIND_NAMES = {"image": "图片", "voice": "语音", "video": "视频", "location": "位置"}


@dataclass(frozen=True)
class SentFile:
    """Where it lies, a name to save it under, and what it is; `is_picture`: a browser may show it."""

    path: Path
    name: str
    media_type: str
    is_picture: bool


def sent_file(session: Session, ticket: Ticket, number: int | None, data_dir: Path | None) -> SentFile:
    """The file of this row of this ticket. NotFound for one that is not there."""
    row = session.get(Attachment, number or 0)
    if row is None or row.ticket_id != ticket.id or data_dir is None:
        raise NotFound("没有这个附件")
    folder = (data_dir / FOLDER).resolve()
    path = (folder / row.path).resolve() if row.path else folder
    if path.parent != folder or not path.is_file():
        raise NotFound("附件还没有取到，或已经过期")
    suffix = path.suffix.removeprefix(".").lower()
    kind = PICTURES.get(suffix) or OTHERS.get(suffix, "application/octet-stream")
    return SentFile(path, f"{ticket.number}-{row.id}.{suffix}", kind, suffix in PICTURES)
