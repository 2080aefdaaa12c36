"""What people write stays text: a corpus through every field the panel shows (reliability §4.2 case 7)."""

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.audit import AuditRow
from app.clock import real_now
from app.conversations.models import Answer
from app.directory.models import Area, Coordinator, Department, Enterprise, Officer
from app.outbox.models import OutboxMessage
from app.panel.models import User
from app.tickets.models import Ticket, TicketEvent

CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{%for x in ().__class__.__subclasses__()%}x{%endfor%}",
    "</textarea></title></style><iframe srcdoc=1>",
    "<a href=//evil.example>点我</a>",
    "\u202eexe.gpj ‮ &lt;b&gt; &#60;i&#62;",
]


@pytest.fixture(params=CORPUS)
def poisoned(office, request):
    """The payload in every text column that a page shows."""
    text = request.param
    with office.db.transaction() as session:
        for model, columns in (
            (
                Ticket,
                (
                    "content",
                    "title",
                    "contact_name",
                    "contact_phone",
                    "result",
                    "channel",
                    "category",
                    "kind",
                ),
            ),
            (TicketEvent, ("note", "actor_name")),
            (Enterprise, ("industry", "address", "legal_representative", "contact_name", "grid", "kind")),
            (Officer, ("duty", "unit", "grid", "public_phone", "phone")),
            (Area, ("kind", "bounds", "leader", "section")),
            (Department, ("office_phone", "industries")),
            (Coordinator, ("name", "expertise", "phone")),
            (OutboxMessage, ("last_error", "channel", "kind")),
            (Answer, ("question",)),
        ):
            values = {name: text[: model.__table__.c[name].type.length] for name in columns}
            session.execute(update(model).values(**values))
        session.execute(update(Ticket).values(near=[text]))
        session.execute(update(User).where(col(User.username) == "admin").values(name=text[:64]))
        session.execute(update(Officer).where(col(Officer.staff_no) != "NH0001").values(name=text))
        session.add(
            AuditRow(
                at=real_now(),
                actor_kind=text[:20],
                actor=text,
                action=text[:60],
                object=text,
                detail={text: text},
            )
        )
    return text


def test_every_page_shows_it_as_text(office, poisoned, links_of):
    browser = office.user("admin")
    number = _number(office)
    pages = [
        "/admin", "/admin/tickets?status=all", "/admin/queue", f"/admin/tickets/{number}", "/admin/outbox",
        "/admin/answers", "/admin/answers?show=vain", "/admin/officers", "/admin/enterprises", "/admin/audit",
    ]  # fmt: skip
    for path in pages:
        text = browser.get(path).text
        if "<" in poisoned:
            assert poisoned not in text, path
        assert "49" not in text or "{{" not in poisoned or "{{ 7*7 }}" in text


def test_what_is_typed_into_filters_stays_text(office, poisoned):
    client = office.user("admin").client
    for path, name in (("tickets", "q"), ("officers", "q"), ("enterprises", "q"), ("answers", "q"), ("audit", "actor"),
                       ("audit", "day"), ("outbox", "state"), ("tickets", "area"), ("tickets", "page")):  # fmt: skip
        response = client.get(f"/admin/{path}", params={name: poisoned})
        assert response.status_code == 200
        assert office.check(response.text) == []
        assert "<" not in poisoned or poisoned not in response.text


def test_a_refused_form_gives_the_words_back_as_text(office, poisoned):
    browser = office.user("hub")
    fields = {
        "csrf_token": browser.csrf_token,
        "version": "0",
        "note": poisoned,
        "target": poisoned,
        "days": poisoned,
    }
    response = browser.client.post(f"/admin/tickets/{_number(office)}/do/extend", data=fields)
    assert response.status_code == 409
    assert office.check(response.text) == []


def test_what_is_typed_into_the_login_form_stays_text(office):
    guest = office.guest()
    for text in CORPUS:
        response = guest.client.post("/admin/login", data={"username": text, "password": text, "next": text})
        assert office.check(response.text) == []
        assert "<" not in text or text not in response.text


def test_control_characters_and_lone_bytes_do_no_harm(office):
    browser = office.user("hub")
    body = f"csrf_token={browser.csrf_token}&version=0&note=%00%ff%fe%1b[31m%ED%A0%80x"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = browser.client.post(
        f"/admin/tickets/{_number(office)}/do/reply", content=body, headers=headers
    )
    assert response.status_code == 409
    assert "\x00" not in response.text and "\x1b" not in response.text


def _number(office):
    with office.db.reading() as session:
        return session.exec(
            select(Ticket.number).where(Ticket.status == "working").order_by(col(Ticket.id))
        ).first()
