"""What a command could not do for reasons outside it, as a sentence for the operator."""

import errno

from app.errors import AppError

LOCKED = "database is locked"
BUSY = "数据库正忙：别的程序正在写，等了一会儿没轮到。没有改动，请过一会儿再试一次"
WRONG_SCHEMA = "数据库的表结构和程序对不上：请执行 qiying db check，照它说的办"
UNREACHABLE = "连不上数据库：请检查 QIYING_DATABASE_URL 与数据库服务"
UNOPENED = "打不开数据库文件：还没有建库的先执行 qiying db upgrade；建过的请检查 QIYING_DATA_DIR、QIYING_DATABASE_URL 和文件权限"
READ_ONLY = "数据库文件或它的文件夹写不进去：请检查属主和权限（服务器上 chown -R qiying: /var/lib/qiying，不要用 root 跑命令）"
FULL = "磁盘满了，没有写成：请清理旧备份和日志，或扩容，再试一次"
DAMAGED = "数据库文件损坏，或者不是数据库：请停机并从最近的备份恢复"
_SAID_BY_THE_DATABASE = (
    (LOCKED, BUSY),
    ("no such table", WRONG_SCHEMA),
    ("no such column", WRONG_SCHEMA),
    ("has no column", WRONG_SCHEMA),
    ("does not exist", WRONG_SCHEMA),
    ("disk is full", FULL),
    ("malformed", DAMAGED),
    ("not a database", DAMAGED),
    ("readonly database", READ_ONLY),
    ("unable to open", UNOPENED),
    ("connection", UNREACHABLE),
)
_OF_THE_DATABASE = frozenset({"OperationalError", "ProgrammingError", "DatabaseError"})


def sentence_of(error: BaseException) -> str:
    """The sentence; "" for what nobody foresaw. Told by name: the database's library is loaded by few commands."""
    if isinstance(error, AppError):
        return error.message
    if isinstance(error, OSError) and error.filename is not None:
        return f"读写不了 {error.filename}（{error.strerror}）：请检查路径、权限和 QIYING_DATA_DIR"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return FULL
    if type(error).__name__ not in _OF_THE_DATABASE:
        return ""
    said = str(getattr(error, "orig", error))
    return next((sentence for sign, sentence in _SAID_BY_THE_DATABASE if sign in said), "")
