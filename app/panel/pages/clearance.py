"""清零 (BH 2(2)4): of what was open on one day, how much each unit has settled by another, on screen and as a file."""

from datetime import timedelta
from urllib.parse import quote

from starlette.responses import Response

from app.clock import local_date
from app.panel.calls import Call, day_of
from app.reports import book
from app.reports.clearance import Clearance, clearance, tables
from app.tickets.lifecycle import STATUS_NAMES

PATH = "/admin/reports/clearance"
USUAL_CHANNEL = "12345热线"
USUAL_DAYS = 7


def show(call: Call) -> Response:
    """The report of the days in the address; a week back to today where they are missing."""
    report = _report(call)
    return call.page(
        "clearance.html", report=report, channels=_channels(call), path_here=PATH, status_names=STATUS_NAMES
    )


def export(call: Call) -> Response:
    """The same as XLSX; handing it out leaves an audit row."""
    report = _report(call)
    call.target = "report:clearance"
    call.detail = {
        "open_on": report.open_on.isoformat(),
        "settled_by": report.settled_by.isoformat(),
        "channel": report.channel,
    }
    name = f"清零情况（{report.open_on:%Y%m%d}-{report.settled_by:%Y%m%d}）.xlsx"
    disposition = f"attachment; filename=\"clearance.xlsx\"; filename*=UTF-8''{quote(name)}"
    content = book.write(tables(call.session, report))
    return Response(content, media_type=book.MIME, headers={"Content-Disposition": disposition})


def _report(call: Call) -> Clearance:
    asked = {name: call.query(name) or call.form.text(name) for name in ("open_on", "settled_by", "channel")}
    today = local_date(call.now)
    last = min(day_of(asked["settled_by"]) or today, today)
    first = min(day_of(asked["open_on"]) or last - timedelta(days=USUAL_DAYS), today)
    first, last = min(first, last), max(first, last)  # in any order, as the list of requests takes them
    channels = _channels(call)
    channel = asked["channel"] if asked["channel"] in channels else ""
    if "channel" not in call.request.query_params and not call.form.fields and USUAL_CHANNEL in channels:
        channel = USUAL_CHANNEL
    hub = call.deps.rules(call.session).profile.hub.name
    return clearance(call.session, channel=channel, open_on=first, settled_by=last, now=call.now, hub=hub)


def _channels(call: Call) -> tuple[str, ...]:
    return call.deps.rules(call.session).profile.channels
