"""Headers on every answer, quiet faults, and no way out of the static folder (reliability §4.2 cases 12, 13)."""

import pytest

from app.panel import figures

REQUIRED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.mark.parametrize("path", ["/admin", "/admin/tickets", "/admin/none", "/admin/login", "/admin/audit"])
@pytest.mark.parametrize("username", ["hub", ""])
def test_every_answer_carries_the_headers(office, path, username):
    client = (office.user(username) if username else office.guest()).client
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    for rule in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
                 "base-uri 'none'", "form-action 'self'", "object-src 'none'"):  # fmt: skip
        assert rule in policy
    assert "unsafe" not in policy
    for name, value in REQUIRED.items():
        assert response.headers[name] == value
    assert "strict-transport-security" not in response.headers


def test_an_unforeseen_fault_is_a_quiet_page(office, monkeypatch):
    """No trace for the reader; the log gets type and place without the text."""
    logged = []
    monkeypatch.setattr(figures, "coverage_figure", lambda *_: 1 / 0)
    monkeypatch.setattr(
        "app.log.error", lambda name, error, **fields: logged.append((name, type(error), fields))
    )
    response = office.user("hub").client.get("/admin")
    assert response.status_code == 500
    assert (
        "页面出错了" in response.text
        and "ZeroDivision" not in response.text
        and "Traceback" not in response.text
    )
    ((name, kind, fields),) = logged
    assert (name, kind, fields["route"]) == ("page_failed", ZeroDivisionError, "/admin")
    assert f"编号 {fields['number']}" in response.text
    assert response.headers["x-frame-options"] == "DENY"


def test_a_fault_in_a_form_changes_nothing(office, monkeypatch):
    ticket = office.ticket("限高杆")
    browser = office.user("hub")
    monkeypatch.setattr("app.panel.calls.Call.go", lambda *_, **__: 1 / 0)
    fields = {"csrf_token": browser.csrf_token, "version": str(ticket.version), "note": "在办"}
    response = browser.client.post(f"/admin/tickets/{ticket.number}/do/reply", data=fields)
    assert response.status_code == 500
    assert office.ticket("限高杆").version == ticket.version


@pytest.mark.parametrize("name", ["panel.css", "mark.svg"])
def test_the_static_files_are_there(office, name):
    response = office.guest().client.get(f"/admin/static/{name}")
    assert response.status_code == 200 and len(response.text) > 100


@pytest.mark.parametrize("name", ["..%2fmodels.py", "%2e%2e/rendering.py", "base.html", "panel.css%00"])
def test_nothing_else_comes_out_of_the_static_folder(office, name):
    response = office.guest().client.get(f"/admin/static/{name}")
    assert response.status_code in (303, 404) and "class " not in response.text


def test_the_stylesheet_asks_no_other_host(office):
    text = office.guest().client.get("/admin/static/panel.css").text
    assert "url(" not in text and "@import" not in text and "http" not in text


def test_the_demo_says_so_on_every_page(office):
    assert "这是演示" not in office.user("hub").get("/admin").text
