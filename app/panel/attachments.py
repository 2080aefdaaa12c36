"""Files that people sent, handed out to those who work on the ticket: never from outside the uploads."""

from pathlib import Path

from sqlmodel import Session
from starlette.responses import FileResponse, Response

from app.errors import NotFound
from app.tickets.models import Attachment, Ticket

FOLDER = "uploads"
PICTURES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
OTHERS = {"pdf": "application/pdf", "mp4": "video/mp4", "amr": "audio/amr", "mp3": "audio/mpeg"}
KIND_NAMES = {"image": "图片", "voice": "语音", "video": "视频", "location": "位置"}


def attachment_response(
    session: Session, ticket: Ticket, number: int | None, data_dir: Path | None
) -> Response:
    """The file; pictures open in the browser, everything else is saved. NotFound for one that is not there."""
    row = session.get(Attachment, number or 0)
    if row is None or row.ticket_id != ticket.id or data_dir is None:
        raise NotFound("没有这个附件")
    folder = (data_dir / FOLDER).resolve()
    path = (folder / row.path).resolve() if row.path else folder
    if path.parent != folder or not path.is_file():
        raise NotFound("附件还没有取到，或已经过期")
    suffix = path.suffix.removeprefix(".").lower()
    name = f"{ticket.number}-{row.id}.{suffix}"
    if suffix in PICTURES:
        return FileResponse(
            path, media_type=PICTURES[suffix], filename=name, content_disposition_type="inline"
        )
    return FileResponse(path, media_type=OTHERS.get(suffix, "application/octet-stream"), filename=name)
