"""What the hub keeps an eye on: supervised, late, passed around, not taken up, not told (C9, C14)."""

from starlette.responses import Response

from app.panel import ticket_rows
from app.panel.calls import Call
from app.panel.conditions import CONDITIONS
from app.panel.pages.tickets import area_choices
from app.panel.roles import CASE_WORKERS, DISPATCHERS, OUTBOX_READERS
from app.panel.scope import area_codes
from app.panel.ticket_filters import Filters

PATH = "/admin/supervision"
LISTS = ("supervised", "late", "passed-around", "unaccepted", "untold")


def show(call: Call) -> Response:
    """One of the lists, the most overdue first; `list` and `area` choose."""
    session = call.session
    codes = area_codes(session, call.user)
    areas = area_choices(session, codes)
    chosen = call.query("list") if call.query("list") in LISTS else LISTS[0]
    area = call.query("area") if call.query("area") in dict(areas) else ""
    today = call.today
    page = ticket_rows.find(
        session,
        Filters(chosen, area),
        today,
        codes=codes,
        number=call.query_number("page"),
        path=PATH,
        query={"list": chosen, "area": area},
    )
    kept = f"&area={area}" if area else ""
    tabs = [
        (
            f"{PATH}?list={key}{kept}",
            CONDITIONS[key][0],
            ticket_rows.count(session, Filters(key, area), today, codes),
            key == chosen,
        )
        for key in LISTS
    ]
    return call.page(
        "supervision.html",
        page=page,
        tabs=tabs,
        areas=areas,
        area=area,
        chosen=chosen,
        has_problem_list=today.rules.profile.rectification is not None and call.role in OUTBOX_READERS,
        has_referrals=today.rules.profile.passing is not None and call.role in OUTBOX_READERS,
        may_refer=today.rules.profile.passing is not None
        and call.role in DISPATCHERS
        and chosen == "passed-around",
        may_supervise_all=call.role in DISPATCHERS,
        may_pick=call.role in CASE_WORKERS and chosen != "untold",
    )
