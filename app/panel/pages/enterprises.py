"""The directory of enterprises: found, narrowed, each with its file one tap away."""

from starlette.responses import Response

from app.directory.columns import ENTERPRISE_KINDS
from app.directory.models import Officer
from app.districts.statuses import STATUSES
from app.panel import area_rows, enterprise_rows
from app.panel.calls import Call
from app.panel.enterprise_rows import BASE, UNSERVED, EnterpriseFilters
from app.panel.roles import DISPATCHERS
from app.panel.scope import area_codes


def show_list(call: Call) -> Response:
    """The list."""
    codes = area_codes(call.session, call.user)
    areas = area_rows.choices(call.session, codes)
    filters = _filters(call, areas)
    officer = call.session.get(Officer, filters.officer) if filters.officer else None
    return call.page(
        "enterprises.html",
        officer=officer,
        page=enterprise_rows.find(call.session, filters, codes=codes, number=call.query_number("page")),
        filters=filters,
        areas=areas,
        kinds=ENTERPRISE_KINDS,
        statuses=[(BASE, "应服务的"), *((name, name) for name in STATUSES)],
        may_import=call.role in DISPATCHERS,
    )


def _filters(call: Call, areas: list[tuple[str, str]]) -> EnterpriseFilters:
    """Filters from the address; whatever makes no sense is left out."""
    area, status, kind = call.query("area"), call.query("status"), call.query("kind")
    return EnterpriseFilters(
        words=call.query("q")[:60],
        area=area if area in dict(areas) else "",
        status=status if status in (BASE, *STATUSES) else "",
        base=call.deps.rules(call.session).profile.coverage.statuses,
        kind=kind if kind in ENTERPRISE_KINDS else "",
        officer=call.query_number("officer"),
        served=UNSERVED if call.query("served") == UNSERVED else "",
    )
