"""Departments and their coordinators (A6): who is to be summoned for what, and their one-time codes."""

from starlette.responses import Response

from app.directory import binding
from app.directory.models import Coordinator
from app.directory.qr import qr
from app.errors import NotFound
from app.panel import people_rows, user_rows
from app.panel.calls import Call, whole_number
from app.panel.roles import DISPATCHERS
from app.panel.scope import area_codes

PATH = "/admin/departments"


def show(call: Call) -> Response:
    """The roster."""
    words = call.query("q")
    return call.page(
        "departments.html",
        rows=people_rows.departments(call.session, words),
        words=words,
        titles=call.deps.rules(call.session).profile.titles,
        may_invite=call.role in DISPATCHERS,
        with_account=user_rows.with_account(call.session),
        may_open=area_codes(call.session, call.user) is None,
    )


def invite(call: Call) -> Response:
    """A one-time code for a coordinator; shown once, only its hash is kept."""
    coordinator = call.session.get(Coordinator, whole_number(call.part("coordinator_id")) or 0)
    if coordinator is None or coordinator.id is None:
        raise NotFound("没有这位协调专员")
    call.target = f"coordinator:{coordinator.id}"
    code = binding.invite_coordinator(call.session, coordinator.id, call.now)
    hours = int(binding.INVITATION_LIFETIME.total_seconds() // 3600)
    return call.page(
        "invitation.html",
        name=coordinator.name,
        code=code,
        hours=hours,
        back=PATH,
        picture=qr(f"绑定工号 {code}"),
    )
