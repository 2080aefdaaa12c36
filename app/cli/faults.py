"""What a command could not do for reasons outside it, as a sentence for the operator."""

LOCKED = "database is locked"
BUSY = "数据库正忙：别的程序正在写，等了一会儿没轮到。没有改动，请过一会儿再试一次"


def sentence_of(error: Exception) -> str:
    """The sentence; "" for what nobody foresaw. Told by name: the database's library is loaded by few commands."""
    is_locked = type(error).__name__ == "OperationalError" and LOCKED in str(error)
    return BUSY if is_locked else ""
