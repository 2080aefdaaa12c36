"""Nobody's words, number or openid reach the log, the audit trail or a page for machines (reliability 24)."""

import json
import logging

import pytest
import requests
from sqlmodel import select

from app import log
from app.audit import AuditRow

PHONE, WORDS, OPENID = "13912348765", "金丝雀烟囱", "oCanary01234567890123456789a"
EVIL = f'{WORDS}\r\n{{"event": "started"}}\x1b[31m'


@pytest.fixture
def logged(caplog):
    """What the log would hold, as it would be written."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("qiying").propagate = True
    return lambda: "\n".join(log.JsonLines().format(record) for record in caplog.records)


def test_a_whole_case_leaves_no_personal_data_outside_the_case(town, ignorant, logged, monkeypatch) -> None:
    """Binding, a case with an attachment, officer's commands, a refused command, a fault in the middle."""
    person, officer = town.phone(OPENID), town.phone("oOfficerWang")
    person.send_text("绑定 宁河区测试1号食品有限公司")
    person.send_text("1")
    person.send_text(f"赵{WORDS} {PHONE}")
    person.send_text(f"{EVIL} {PHONE} 门口积水没人管")
    person.send_text(f"办结 20261120-0001 {WORDS} {PHONE}")
    person.send_text(f"查企业 {WORDS} {PHONE}")
    number = town.tickets()[0].number
    officer.send_text(f"接单 {number}")
    officer.send_text(f"查企业 {WORDS}{PHONE}")
    officer.send_text(f"办结 {number} 已联系 {PHONE} {WORDS}")
    town.work()

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(f"{PHONE} {WORDS} {OPENID}")

    monkeypatch.setattr(town.runtime.handler, "_in_transaction", broken)
    person.send_text(f"{WORDS} {PHONE}")
    base = town.runtime.settings.public_url
    pages = [requests.get(f"{base}{path}", timeout=30).text for path in ("/readyz", "/metrics", f"/{PHONE}")]
    requests.post(f"{base}/wechat?openid={OPENID}&signature={PHONE}", data=WORDS, timeout=30)
    with town.runtime.db.reading() as session:
        trail = [
            json.dumps([row.actor, row.object, row.detail, row.address], ensure_ascii=False)
            for row in session.exec(select(AuditRow))
        ]
    text = logged()
    assert '"message_handled"' in text and '"message_failed"' in text and trail
    for place in (text, *pages, *trail):
        assert not [word for word in (PHONE, WORDS, OPENID, "\x1b") if word in place], place[:500]
    assert all(json.loads(line) for line in text.splitlines())


def test_the_check_itself_sees_a_leak(logged) -> None:
    """The canary would be found if it were written."""
    logging.getLogger("qiying").warning(json.dumps({"event": "x", "words": WORDS}, ensure_ascii=False))
    assert WORDS in logged()
