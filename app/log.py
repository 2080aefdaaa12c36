"""Structured logs: a closed set of event names, no personal text, no secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any

EVENTS = frozenset(
    {
        "started", "stopped", "request_refused", "message_unreadable", "message_handled", "message_deferred",
        "message_failed", "message_retried", "handbook_loaded", "handbook_refused", "encoder_missing", "token_refreshed",
        "token_failed", "push_sent", "push_parked", "push_pending", "push_dead", "push_unknown", "alarm",
        "job_failed", "api_failed", "sign_in_failed", "webhook_sent", "webhook_failed", "webhook_dead", "page_failed", "escalated", "original_id_learned", "receipt",
        "start_failed", "exchange_taken", "exchange_told", "request_limited", "follower_limited", "texts_ended", "alarm_over", "job_recovered", "clock_set_back", "topics_unusual",
    }
)  # fmt: skip

LONGEST = 300
_PROGRAM = f"{Path(__file__).parents[1]}/"
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?![0-9A-Za-z])")
_OPENID = re.compile(r"(?<![0-9A-Za-z_-])o[0-9A-Za-z_-]{27}(?![0-9A-Za-z_-])")
_SECRET = re.compile(r"(?i)((?:access_token|secret|password|token|key)=)[^&\s\"']+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_logger = logging.getLogger("qiying")


class JsonLines(logging.Formatter):
    """One JSON object a line. Of other libraries' records only who, where and what kind of fault.

    Their texts may hold a URL with a token or what somebody wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, Any] = {"at": moment, "level": record.levelname.lower()}
        if record.name == _logger.name:
            fields |= json.loads(record.getMessage())
        else:
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
            where = f"{record.filename}:{record.lineno}"
            fields |= {"event": "library", "logger": record.name, "where": where, "error": kind}
        return json.dumps(fields, ensure_ascii=False)


def configure(level: int = logging.INFO) -> None:
    """One JSON object a line on standard error, our own events and warnings of the libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    _logger.handlers[:] = [handler]
    _logger.setLevel(level)
    _logger.propagate = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def harmless(value: Any) -> Any:
    """A value as the log may hold it: one line, no number or openid of a person, no secret of a URL, not long."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [harmless(item) for item in value[:20]]
    text = _CONTROL.sub(" ", str(value))
    text = _OPENID.sub("o***", _SECRET.sub(r"\1***", text))
    return _MOBILE.sub(r"\1****\2", text)[:LONGEST]


def event(name: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event. `name` must be in EVENTS; values are identifiers, counts and codes only."""
    if name not in EVENTS:
        raise ValueError(f"unknown log event {name!r}")
    if _logger.isEnabledFor(level):
        kept = {key: harmless(value) for key, value in fields.items()}
        _logger.log(level, json.dumps({"event": name, **kept}, ensure_ascii=False))


def error(name: str, exception: BaseException, **fields: Any) -> None:
    """Log a failure by exception type and place; its text may hold a URL with a secret, so it stays out."""
    where = place_of(exception)
    event(name, level=logging.ERROR, error=type(exception).__name__, where=where, **fields)


def place_of(exception: BaseException) -> str:
    """File and line of the innermost frame of this program, of a library where none is ours; "" if never raised."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(exception.__traceback__)]
    ours = [item for item in frames if item[0].startswith(_PROGRAM) and "site-packages" not in item[0]]
    if not frames:
        return ""
    path, line = (ours or frames)[-1]
    return f"{path.rsplit('/', 1)[-1]}:{line}"
