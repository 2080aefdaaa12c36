"""Structured logs: a closed set of event names, no personal text, no secrets."""

import json
import logging
import sys
from typing import Any

EVENTS = frozenset(
    {
        "started", "stopped", "request_refused", "message_unreadable", "message_handled", "message_deferred",
        "message_failed", "handbook_loaded", "handbook_refused", "encoder_missing", "token_refreshed",
        "token_failed", "push_sent", "push_parked", "push_pending", "push_dead", "push_unknown", "alarm",
        "job_failed", "page_failed", "escalated", "original_id_learned", "receipt",
    }
)  # fmt: skip

_logger = logging.getLogger("qiying")


def configure(level: int = logging.INFO) -> None:
    """One JSON object a line on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _logger.handlers[:] = [handler]
    _logger.setLevel(level)
    _logger.propagate = False


def event(name: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event. `name` must be in EVENTS; values are identifiers, counts and codes only."""
    if name not in EVENTS:
        raise ValueError(f"unknown log event {name!r}")
    _logger.log(level, json.dumps({"event": name, **fields}, ensure_ascii=False, default=str))


def error(name: str, exception: BaseException, **fields: Any) -> None:
    """Log a failure by exception type and place; its text may hold a URL with a secret, so it stays out."""
    trace = exception.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    event(name, level=logging.ERROR, error=type(exception).__name__, where=where, **fields)
