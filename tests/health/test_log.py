"""The log: one JSON object a line, nobody's data, no secret, no forged line (checklist 8; reliability 24)."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from app import log

CANARIES = ["13912348765", "oCanary01234567890123456789a", "s3cr3t-of-the-account"]
EVIL = '第一行\r\n{"event": "started"}\x1b[31m红\u2028下一行\x00\u202e'


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What reaches standard error; logging is put back afterwards."""
    own, root = logging.getLogger("qiying"), logging.getLogger()
    before = (own.handlers[:], own.level, own.propagate, root.handlers[:], root.level)
    for name in ("uvicorn", "uvicorn.error"):  # a server of an earlier test took them for itself
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    log.configure()
    yield stream
    own.handlers[:], own.level, own.propagate, root.handlers[:], root.level = before


def test_every_line_is_one_object_with_time_and_level(written) -> None:
    log.event("started", part="web")
    log.event("push_dead", level=logging.ERROR, message=3, reason="template: errcode 40037")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert (first["event"], first["level"], first["part"]) == ("started", "info", "web")
    assert (second["level"], second["message"]) == ("error", 3)
    assert first["at"].endswith("+00:00")


def test_nobody_can_forge_a_line(written) -> None:
    log.event("alarm", reason=EVIL, places=[EVIL])
    text = written.getvalue()
    assert text.count("\n") == 1 and len(text.splitlines()) == 1
    assert not set(text) & set("\r\x1b\u2028\x00\u202e")
    assert json.loads(text)["event"] == "alarm"


def test_people_and_secrets_stay_out(written) -> None:
    """Whatever a careless caller passes."""
    phone, openid, secret = CANARIES
    log.event(
        "alarm",
        reason=f"call {phone} or {phone[:3]} {phone[3:7]} {phone[7:]}",
        who=openid,
        more=[phone, openid],
    )
    log.event("alarm", reason=f"https://api/cgi-bin/x?access_token={secret}&openid={openid}&secret={secret}")
    try:
        raise ValueError(" ".join(CANARIES))
    except ValueError as error:
        log.error("job_failed", error, step="x")
    assert not [word for word in CANARIES if word in written.getvalue()]
    assert "139****8765" in written.getvalue() and "ValueError" in written.getvalue()


def test_other_libraries_say_who_and_where_only(written) -> None:
    """Their texts hold URLs, their traces hold values."""
    logger = logging.getLogger("uvicorn.error")
    try:
        raise RuntimeError(" ".join(CANARIES))
    except RuntimeError:
        logger.exception("Exception in ASGI application %s", CANARIES[0])
    logger.info("quiet")
    (line,) = written.getvalue().splitlines()
    fields = json.loads(line)
    assert (fields["event"], fields["logger"], fields["error"]) == (
        "library",
        "uvicorn.error",
        "RuntimeError",
    )
    assert not [word for word in CANARIES if word in line]


def test_an_unknown_event_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="unknown log event"):
        log.event("whatever")


def test_long_values_are_cut(written) -> None:
    log.event("alarm", reason="长" * 10_000)
    assert len(written.getvalue()) < 1000
