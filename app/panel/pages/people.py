"""Officers and coordinators with their one-time codes, and the list of enterprises; numbers masked."""

from starlette.responses import Response

from app.directory import binding
from app.directory.models import Coordinator, Officer
from app.errors import NotFound
from app.panel import people_rows
from app.panel.calls import Call, whole_number
from app.panel.pages.tickets import area_choices
from app.panel.roles import DISPATCHERS
from app.panel.scope import area_codes


def show_officers(call: Call) -> Response:
    """The roster."""
    codes = area_codes(call.session, call.user)
    words, areas, area = _filters(call, codes)
    page = people_rows.officers(
        call.session, words=words, area=area, codes=codes, number=call.query_number("page")
    )
    return call.page(
        "officers.html",
        page=page,
        words=words,
        area=area,
        areas=areas,
        coordinators=people_rows.coordinators(call.session, words) if codes is None else [],
        may_invite=call.role in DISPATCHERS,
    )


def show_enterprises(call: Call) -> Response:
    """The directory."""
    codes = area_codes(call.session, call.user)
    words, areas, area = _filters(call, codes)
    is_unserved = call.query("served") == "no"
    page = people_rows.enterprises(
        call.session,
        words=words,
        area=area,
        is_unserved=is_unserved,
        codes=codes,
        number=call.query_number("page"),
    )
    return call.page(
        "enterprises.html", page=page, words=words, area=area, areas=areas, is_unserved=is_unserved
    )


def invite_officer(call: Call) -> Response:
    """A one-time code for an officer; shown once, only its hash is kept."""
    officer = call.session.get(Officer, whole_number(call.part("officer_id")) or 0)
    if officer is None:
        raise NotFound("没有这位服务人员")
    call.target = f"officer:{officer.staff_no}"
    code = binding.invite_officer(call.session, officer.staff_no, call.now)
    return call.page("invitation.html", name=officer.name, code=code, hours=_hours())


def invite_coordinator(call: Call) -> Response:
    """The same for a department's coordinator."""
    coordinator = call.session.get(Coordinator, whole_number(call.part("coordinator_id")) or 0)
    if coordinator is None or coordinator.id is None:
        raise NotFound("没有这位协调专员")
    call.target = f"coordinator:{coordinator.id}"
    code = binding.invite_coordinator(call.session, coordinator.id, call.now)
    return call.page("invitation.html", name=coordinator.name, code=code, hours=_hours())


def _filters(call: Call, codes: frozenset[str] | None) -> tuple[str, list[tuple[str, str]], str]:
    areas = area_choices(call.session, codes)
    area = call.query("area")
    return call.query("q"), areas, area if area in {code for code, _ in areas} else ""


def _hours() -> int:
    return int(binding.INVITATION_LIFETIME.total_seconds() // 3600)
