"""Officers: the roster, one officer's page, codes, absence and stand-ins, and handing everything over."""

from datetime import date

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.clock import local_date
from app.directory import absence, binding, lookup
from app.directory.models import Area, Officer
from app.directory.qr import qr
from app.errors import AppError, NotFound
from app.panel import area_rows, holders, people_rows, ticket_actions, ticket_rows
from app.panel.calls import Call, whole_number
from app.panel.people_rows import OFFICERS, STATES
from app.panel.roles import CASE_WORKERS, DISPATCHERS
from app.panel.scope import area_codes, officers_in
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket
from app.tickets.transferring import transfer_officer
from app.tickets.values import Incomplete

TYPED = ("start", "until", "stand_in", "target", "leaves")
MOST_TICKETS = 20


def show_list(call: Call) -> Response:
    """The roster."""
    codes = area_codes(call.session, call.user)
    areas = area_rows.choices(call.session, codes)
    area = call.query("area") if call.query("area") in dict(areas) else ""
    state = call.query("state") if call.query("state") in STATES else ""
    words = call.query("q")
    page = people_rows.officers(
        call.session,
        words=words,
        area=area,
        state=state,
        now=call.now,
        codes=codes,
        number=call.query_number("page"),
    )
    return call.page(
        "officers.html",
        page=page,
        words=words,
        area=area,
        areas=areas,
        state=state,
        states=STATES,
        today=local_date(call.now),
        is_away=lookup.is_away,
        absences=_absences(call.session, codes, local_date(call.now)),
        may_invite=call.role in DISPATCHERS,
    )


def show(call: Call) -> Response:
    """One officer."""
    return _page(call, _officer(call))


def show_refusal(call: Call, error: AppError) -> Response:
    """The page again with what was typed."""
    return _page(call, _officer(call), fault=error.message, status=error.status_code)


def reveal(call: Call) -> Response:
    """The private number, once; the audit row is the price."""
    officer = _officer(call)
    call.detail = {"shown": "phone"}
    return _page(call, officer, is_revealed=True)


def invite(call: Call) -> Response:
    """A one-time code; shown once, only its hash is kept."""
    officer = _officer(call)
    code = binding.invite_officer(call.session, officer.staff_no, call.now)
    return call.page(
        "invitation.html",
        name=officer.name,
        code=code,
        hours=_hours(),
        back=OFFICERS,
        picture=qr(f"绑定工号 {code}"),
    )


def set_absence(call: Call) -> Response:
    """Away from one day to another; the stand-in gets what is new."""
    officer = _officer(call)
    stand_in = _chosen(call, "stand_in") if call.form.text("stand_in") else None
    start = call.form.day("start")
    if start is None:
        raise Incomplete("请选择从哪天起", field="start")
    found = absence.set_absence(
        call.session,
        officer.id or 0,
        start=start,
        until=call.form.day("until"),
        stand_in_id=stand_in.id if stand_in else None,
        actor_kind="user",
        actor=call.user.username,
        now=call.now,
    )
    call.detail = {"from": start.isoformat(), "until": str(found.until or ""), "stand_in": found.stand_in}
    return call.go(f"{OFFICERS}/{officer.id}", done="away")


def end_absence(call: Call) -> Response:
    """Back at work."""
    officer = _officer(call)
    absence.end_absence(
        call.session, officer.id or 0, actor_kind="user", actor=call.user.username, now=call.now
    )
    return call.go(f"{OFFICERS}/{officer.id}", done="back")


def transfer(call: Call) -> Response:
    """Everything of this officer to another one: enterprises, live tickets, the duty of the first responder."""
    officer, taking = _officer(call), _chosen(call, "target")
    leaves = call.form.text("leaves") == "yes"
    done = transfer_officer(
        call.session,
        officer.id or 0,
        taking.id or 0,
        leaves=leaves,
        by=ticket_actions.actor_of(call.user),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.detail = {
        "to": taking.staff_no,
        "leaves": leaves,
        "enterprises": done.enterprises,
        "held": done.held,
        "followed": done.followed,
    }
    return call.page("transferred.html", officer=officer, taking=taking, done_with=done, leaves=leaves)


def _hours() -> int:
    return int(binding.INVITATION_LIFETIME.total_seconds() // 3600)


def _officer(call: Call) -> Officer:
    """The officer of the path; NotFound outside a confined user's area. Names the audit row's object."""
    number = whole_number(call.part("officer_id"))
    statement = select(Officer).where(
        col(Officer.id) == (number or 0), officers_in(area_codes(call.session, call.user))
    )
    officer = call.session.exec(statement).first()
    if officer is None:
        raise NotFound("没有这位服务人员，或者不在您的片区。")
    call.target = f"officer:{officer.staff_no}"
    return officer


def _chosen(call: Call, name: str) -> Officer:
    """Another officer named by a form; a confined user has the own area's only."""
    codes = area_codes(call.session, call.user)
    return holders.chosen_officer(call.session, call.form.text(name), codes)


def _page(
    call: Call, officer: Officer, *, fault: str = "", status: int = 200, is_revealed: bool = False
) -> Response:
    session = call.session
    today = call.today
    codes = area_codes(session, call.user)
    mine = (col(Ticket.officer_id) == officer.id) & col(Ticket.status).in_(LIVE)
    stand_in = session.get(Officer, officer.stand_in_id) if officer.stand_in_id else None
    return call.page(
        "officer.html",
        status=status,
        fault=fault,
        officer=officer,
        area=session.get(Area, officer.area_code) if officer.area_code else None,
        stand_in=stand_in,
        is_away=lookup.is_away(officer, today.day),
        served=lookup.served_count(session, officer.id or 0),
        tickets=ticket_rows.of_condition(session, mine, today, limit=MOST_TICKETS),
        groups=holders.officer_groups(session, codes, call.query("find"), besides=officer.id),
        find=call.query("find"),
        typed={name: call.form.text(name) for name in TYPED},
        today=today.day,
        is_revealed=is_revealed,
        may_act=call.role in CASE_WORKERS and officer.is_active,
        may_transfer=call.role in DISPATCHERS and officer.is_active,
    )


def _absences(session: Session, codes: frozenset[str] | None, today: date) -> list[absence.Absence]:
    found = absence.absences(session, today)
    if codes is None:
        return found
    own = set(session.exec(select(Officer.id).where(officers_in(codes))))
    return [item for item in found if item.officer_id in own]
