"""Lists that wait between the dry run on screen and the decision to use them, and tables to download.

Shared by every page that takes a list: keep the file, read it as rows, note what became of it. A file may be
used once; one that nobody decided about is gone after a day, because it holds people's numbers.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from starlette.responses import Response

from app.directory.sheets import Sheet, read_sheet
from app.directory.workbook import write_book
from app.errors import AppError, Conflict, NotFound
from app.panel.calls import Call, SentFile
from app.panel.models import Upload, User
from app.reports.book import MIME

KEPT = timedelta(days=1)
USED = "这份名单已经用过了"


class NothingSentError(AppError):
    """The form came without a file."""

    status_code = 422


def keep(
    session: Session,
    user: User,
    kind: str,
    file: SentFile | None,
    now: datetime,
    *,
    options: Mapping[str, Any] | None = None,
) -> Upload:
    """Keep a list that was sent for a dry run; older ones that nobody used go. Raises NothingSentError."""
    if file is None or not file.content:
        raise NothingSentError("请选择要上传的文件（CSV 或 XLSX）", field="file")
    session.connection().execute(delete(Upload).where(col(Upload.created_at) < now - KEPT))
    row = Upload(
        user_id=user.id or 0,
        kind=kind,
        name=file.name,
        content=file.content,
        options=dict(options or {}),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, user: User, kind: str, number: int | None) -> Upload:
    """The user's own list; NotFound for anybody else's, or once it is gone."""
    statement = select(Upload).where(
        col(Upload.id) == (number or 0), col(Upload.user_id) == user.id, col(Upload.kind) == kind
    )
    row = session.exec(statement).first()
    if row is None:
        raise NotFound("这份名单已经不在了（只留一天），请重新上传")
    return row


def rows_of(upload: Upload) -> Sheet:
    """The list as rows of text; raises UnreadableFileError with what to do."""
    return sheet_of(upload.name, upload.content)


def sheet_of(name: str, content: bytes) -> Sheet:
    """The same for a file that is not kept yet."""
    suffix = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"名单{suffix if suffix in ('.xlsx', '.xlsm') else '.csv'}"
        path.write_bytes(content)
        return read_sheet(path)


def settle(session: Session, upload: Upload, outcome: Mapping[str, Any], now: datetime) -> None:
    """Note that the list was used; Conflict if that happened before (a second click, two windows)."""
    done = session.connection().execute(
        update(Upload)
        .where(col(Upload.id) == upload.id, col(Upload.applied_at).is_(None))
        .values(applied_at=now, outcome=dict(outcome), content=b"")
    )
    if done.rowcount != 1:
        raise Conflict(USED)
    session.expire(upload)


def refuse_used(upload: Upload) -> None:
    """Conflict for a list that was used before; its content is gone."""
    if upload.applied_at is not None:
        raise Conflict(USED)


def table_to_download(name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """An XLSX whose cells are all text: a spreadsheet keeps the zeros in front and every digit of a long number, runs
    nothing, and what comes back can be read again."""
    with tempfile.TemporaryDirectory() as folder:
        texts = ([str(cell) for cell in row] for row in rows)
        content = write_book(Path(folder) / "list.xlsx", {"名单": (headers, texts)}).read_bytes()
    disposition = f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=MIME, headers={"Content-Disposition": disposition})


def chosen(call: Call, kind: str) -> Upload:
    """The list that the path of this request names."""
    part = call.part("upload_id")
    return find(call.session, call.user, kind, int(part) if part.isdecimal() and len(part) < 10 else None)
