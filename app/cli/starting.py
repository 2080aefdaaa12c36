"""A start that fails says why: one line on the operator's screen, one event in the log."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import log
from app.cli.faults import sentence_of
from app.errors import AppError


@contextmanager
def said_why(part: str) -> Iterator[None]:
    """Turn whatever ends a start into an AppError with a sentence, and log `start_failed`."""
    try:
        yield
    except Exception as error:
        sentence = sentence_of(error) or (
            f"没有启动成功：程序里出了没料到的错（{type(error).__name__}，{log.place_of(error)}）。"
            "请执行 qiying doctor 逐项检查；查不出原因就把日志里 start_failed 那一行发给维护人员"
        )
        log.error("start_failed", error, part=part, reason=sentence)
        if isinstance(error, AppError):
            raise
        raise AppError(sentence) from error
