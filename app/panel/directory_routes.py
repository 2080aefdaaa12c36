"""The panel's directory (enterprises, areas, people, departments, imports) and reports, each page with its roles."""

from app.panel import import_plans
from app.panel.pages import (
    areas,
    clearance,
    correction,
    departments,
    enterprise,
    enterprises,
    imports,
    officers,
    reports,
)
from app.panel.roles import CASE_READERS, CASE_WORKERS, DISPATCHERS, OUTBOX_READERS
from app.panel.routing import Routes


def add_directory(routes: Routes) -> None:
    """Every page of the directory."""
    _add_enterprises(routes)
    _add_imports(routes)
    _add_people(routes)
    routes.get("/areas", CASE_READERS, areas.show_list)
    routes.get("/areas/coverage", OUTBOX_READERS, areas.show_coverage)
    routes.get("/areas/{code}", CASE_READERS, areas.show)
    routes.get("/areas/{code}/notice", CASE_READERS, areas.show_notice)
    routes.get("/changes", CASE_READERS, areas.show_changes)


def add_reports(routes: Routes) -> None:
    """Reports and the rows behind their figures."""
    routes.get("/reports", CASE_READERS, reports.show)
    routes.get("/reports/rows", CASE_READERS, reports.show_rows)
    routes.get("/reports/clearance", OUTBOX_READERS, clearance.show)
    routes.post("/reports/clearance/export", OUTBOX_READERS, "report.export", clearance.export)
    routes.get("/reports/{name}", CASE_READERS, reports.show)
    routes.post("/reports/{name}/export", CASE_READERS, "report.export", reports.export)


def _add_enterprises(routes: Routes) -> None:
    one, again = "/enterprises/{code}", enterprise.show_refusal
    routes.get("/enterprises", CASE_READERS, enterprises.show_list)
    routes.get(one, CASE_READERS, enterprise.show)
    routes.post(f"{one}/reveal", CASE_WORKERS, "contact.reveal", enterprise.reveal)
    routes.post(f"{one}/assign", CASE_WORKERS, "enterprise.assign", enterprise.assign, again)
    routes.post(f"{one}/contact", CASE_WORKERS, "enterprise.contact", enterprise.log_contact, again)
    wrong = correction.show_refusal
    routes.get(f"{one}/correct", CASE_WORKERS, correction.show)
    routes.post(f"{one}/correct/check", CASE_WORKERS, "enterprise.check", correction.check, wrong)
    routes.post(f"{one}/correct", CASE_WORKERS, "enterprise.correct", correction.apply, wrong)
    routes.get(f"{one}/sheet", CASE_READERS, enterprise.show_sheet)
    routes.post(f"{one}/sheet/reveal", CASE_WORKERS, "contact.reveal", enterprise.reveal_sheet)


def _add_imports(routes: Routes) -> None:
    one = "/imports/{upload_id}"
    routes.get("/imports", DISPATCHERS, imports.show)
    routes.post(
        "/imports",
        DISPATCHERS,
        "roster.check",
        imports.send,
        imports.refuse,
        prepare=import_plans.check_readable,
        takes_file=True,
    )
    routes.post("/imports/undo", DISPATCHERS, "roster.undo", imports.undo, imports.refuse)
    routes.get(one, DISPATCHERS, imports.preview)
    routes.post(
        f"{one}/apply",
        DISPATCHERS,
        "roster.apply",
        imports.apply,
        imports.show_refusal,
        prepare=import_plans.prepare,
    )
    routes.get(f"{one}/rejected", DISPATCHERS, imports.download_rejected)


def _add_people(routes: Routes) -> None:
    one, again = "/officers/{officer_id}", officers.show_refusal
    routes.get("/officers", CASE_READERS, officers.show_list)
    routes.get(one, CASE_READERS, officers.show)
    routes.post(f"{one}/reveal", CASE_WORKERS, "contact.reveal", officers.reveal)
    routes.post(f"{one}/invite", DISPATCHERS, "officer.invite", officers.invite)
    routes.post(f"{one}/absence", CASE_WORKERS, "officer.absence", officers.set_absence, again)
    routes.post(f"{one}/back", CASE_WORKERS, "officer.return", officers.end_absence, again)
    routes.post(f"{one}/transfer", DISPATCHERS, "officer.hand_over", officers.transfer, again)
    routes.get("/departments", CASE_READERS, departments.show)
    routes.post(
        "/coordinators/{coordinator_id}/invite", DISPATCHERS, "coordinator.invite", departments.invite
    )
