"""What a process knows beside the database: handbook, disk, sizes. Read when asked, never kept."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.db import Database, sqlite_path


@dataclass(frozen=True)
class Facts:
    """`entries`: public handbook entries in service. `search_fault`: why the search works with less than all
    ("" if nothing is wrong or it is still starting). `refused_edits`: faults that keep an edit from being served.
    Sizes in bytes; `database_bytes` None where it is not a file of ours."""

    entries: int
    search_fault: str = ""
    refused_edits: int = 0
    is_encoder_ready: bool = True
    disk_free: int = 0
    database_bytes: int | None = None
    is_demo: bool = False


def disk_free(data_dir: Path) -> int:
    """Bytes free where the data lies."""
    folder = data_dir if data_dir.exists() else data_dir.resolve().parent
    return shutil.disk_usage(folder).free


def database_bytes(db: Database) -> int | None:
    """The SQLite file with its log; None for a server's database."""
    path = sqlite_path(db.url)
    if path is None:
        return None
    parts = (path, path.with_name(path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
