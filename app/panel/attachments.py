"""Files that people sent, handed out to those who work on the ticket."""

from pathlib import Path

from sqlmodel import Session
from starlette.responses import FileResponse, Response

from app.tickets.models import Ticket
from app.tickets.sent_files import sent_file


def attachment_response(
    session: Session, ticket: Ticket, number: int | None, data_dir: Path | None
) -> Response:
    """The file; pictures open in the browser, everything else is saved. NotFound for one that is not there."""
    found = sent_file(session, ticket, number, data_dir)
    how = "inline" if found.is_picture else "attachment"
    return FileResponse(
        found.path, media_type=found.media_type, filename=found.name, content_disposition_type=how
    )
