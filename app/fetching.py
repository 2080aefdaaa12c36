"""Pictures and files that people sent: fetched while the platform still has them (three days)."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from app.db import Database
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.tickets.models import Attachment
from app.wechat.client import BotClient
from app.wechat.media import download

KEPT_BY_PLATFORM = timedelta(days=3)
AT_ONCE = 20
FILES = ("image", "video")


def fetch_attachments(db: Database, client: BotClient, data_dir: Path, now: datetime) -> int:
    """Fetch what is waiting, oldest first; how many arrived. A failure is tried again until it is too late."""
    with db.reading() as session:
        waiting = _waiting(session)
    fetched = 0
    for item in waiting:
        try:
            path, fault = download(client, item.media_id, data_dir), ""
        except DeliveryError as error:
            if error.kind is not ErrorKind.CONTENT and now - item.at < KEPT_BY_PLATFORM:
                continue
            path, fault = "", error.message[:64]
        with db.transaction() as session:
            row = session.get(Attachment, item.id)
            if row is not None:
                row.path, row.fault = path, fault
                session.add(row)
        fetched += bool(path)
    return fetched


def _waiting(session: Session) -> list[Attachment]:
    statement = (
        select(Attachment)
        .where(
            col(Attachment.path) == "",
            col(Attachment.fault) == "",
            col(Attachment.media_kind).in_(FILES),
            col(Attachment.media_id) != "",
        )
        .order_by(col(Attachment.id))
        .limit(AT_ONCE)
    )
    return list(session.exec(statement))
