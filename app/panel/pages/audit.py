"""Who did what: the audit rows, newest first, for reading, for taking along, and whether they are whole."""

from starlette.responses import Response

from app.clock import local_date, real_now
from app.errors import AppError
from app.panel import audit_rows
from app.panel.audit_names import names_of
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.paging import paged
from app.trail.verify import verify

PATH = "/admin/audit"


def show(call: Call) -> Response:
    """Filter by who, what, to what, from where and when."""
    return _page(call, audit_rows.filters_from(call.query))


def show_chain(call: Call) -> Response:
    """Walk the whole chain of hashes: every row stands, or which is the first that does not."""
    return call.page("audit_chain.html", verdict=verify(call.session), checked_at=real_now())


def write_csv(deps: PanelDeps, form: Form) -> tuple[str, int]:
    """Read the rows before the transaction begins: many of them must hold nobody up."""
    with deps.db.reading() as session:
        return audit_rows.as_csv(session, audit_rows.filters_from(form.text))


def export(call: Call) -> Response:
    """The rows under the filters as a file; taking them along is itself a row."""
    text, count = call.prepared
    filters = audit_rows.filters_from(call.form.text)
    call.target = "audit"
    call.detail = {"rows": count, "filters": {name: value for name, value in filters.items() if value}}
    name = f"audit-{local_date(real_now()):%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def refuse_export(call: Call, error: AppError) -> Response:
    """The list with the reason."""
    return _page(call, audit_rows.filters_from(call.form.text), fault=error.message, status=error.status_code)


def _page(call: Call, query: dict[str, str], *, fault: str = "", status: int = 200) -> Response:
    page = paged(
        call.session, audit_rows.chosen(query), number=call.query_number("page"), path=PATH, query=query
    )
    names = names_of(call.session, [row for (row,) in page.rows])
    return call.page(
        "audit.html",
        status=status,
        fault=fault,
        page=page,
        query=query,
        in_words=lambda row: audit_rows.in_words(row, names),
        kinds=audit_rows.KIND_NAMES,
    )
