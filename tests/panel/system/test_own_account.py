"""One's own password and logins (reliability §4.2 cases 4, 6)."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.clock import real_now
from app.panel.models import User, UserSession

OLD = "lutai-qiaobei-17"


def change(browser, current, fresh, status=303):
    return browser.post("/admin/me/password", status, current=current, password=fresh, again=fresh)


def test_a_new_password_ends_every_login_but_gives_this_browser_a_new_one(office, log_in):
    here, there = office.guest(), office.user("hub")
    log_in(here, "hub", OLD)
    before = here.client.cookies["qiying_panel"]
    answer = change(here, OLD, "a wholly new sentence")
    fresh = [cookie for cookie in answer.headers.get_list("set-cookie") if "qiying_panel=" in cookie]
    assert fresh and before not in fresh[0] and "HttpOnly" in fresh[0]
    assert here.client.get("/admin").status_code == 200
    assert there.client.get("/admin").status_code == 303
    thief = office.guest()
    thief.client.cookies.set("qiying_panel", before)
    assert thief.client.get("/admin").status_code == 303
    assert log_in(office.guest(), "hub", OLD).status_code == 401


def test_none_of_the_last_five_passwords_comes_back(office, log_in):
    browser = office.guest()
    log_in(browser, "hub", OLD)
    words = [OLD] + [f"sentence number {word}" for word in ("one", "two", "three", "four", "five")]
    for before, after in pairwise(words[:5]):
        change(browser, before, after)
        log_in(browser, "hub", after)
    for former in words[:5]:
        change(browser, words[4], former, status=400)
    change(browser, words[4], words[5])
    log_in(browser, "hub", words[5])
    change(browser, words[5], OLD)


@pytest.mark.parametrize("wanted", ["short", "hub-hub-hub-2026", "ninghe2026112", "1" * 20])
def test_a_weak_password_is_refused(office, wanted):
    change(office.user("hub"), OLD, wanted, status=400)


def test_two_different_spellings_are_refused(office):
    fields = {"current": OLD, "password": "a wholly new sentence", "again": "a wholly new sentense"}
    office.user("hub").post("/admin/me/password", 400, **fields)


def test_who_finds_the_browser_open_has_five_guesses(office, account):
    """A thousand guesses stop at five, and the right one after them is too late."""
    browser, before = office.user("hub"), account("hub").password_hash
    for _ in range(5):
        page = change(browser, "wrong wrong wrong", "a wholly new sentence", status=400)
        assert "现在的口令不对" in page.text
    page = change(browser, OLD, "a wholly new sentence", status=400)
    assert "15 分钟" in page.text and account("hub").password_hash == before


def test_a_password_past_its_time_is_changed_first(stricter, office):
    strict = stricter(password_days=90)
    with office.db.transaction() as session:
        for name, days in (("hub", 91), ("editor", 89)):
            moment = real_now() - timedelta(days=days)
            session.execute(update(User).where(col(User.username) == name).values(password_changed_at=moment))
    old = strict.user("hub")
    assert old.client.get("/admin").headers["location"] == "/admin/me/password"
    assert "用满 90 天" in old.get("/admin/me/password").text
    change(old, OLD, "a wholly new sentence")
    assert strict.user("hub").client.get("/admin").status_code == 200
    assert strict.user("editor").client.get("/admin").status_code == 200


def test_one_sees_and_ends_the_own_logins_only(office):
    here, there, stranger = office.user("hub"), office.user("hub"), office.user("editor")
    page = here.get("/admin/me").text
    ends = [part.split('"')[0] for part in page.split('action="/admin/me/sessions/')[1:]]
    assert len(ends) == 2 and "end-others" in ends
    name = next(end for end in ends if end != "end-others").removesuffix("/end")
    stranger.post(f"/admin/me/sessions/{name}/end", 404)
    assert there.client.get("/admin").status_code == 200
    here.post(f"/admin/me/sessions/{name}/end")
    assert there.client.get("/admin").status_code == 303
    assert here.client.get("/admin").status_code == 200


def test_all_others_end_together(office):
    here, there = office.user("hub"), [office.user("hub") for _ in range(3)]
    here.post("/admin/me/sessions/end-others")
    assert [one.client.get("/admin").status_code for one in there] == [303] * 3
    assert here.client.get("/admin").status_code == 200
    assert office.audited("session.end")[-1].detail == {"ended": 3}


def test_an_administrator_sees_and_ends_everybodys(office, account):
    admin, hub, editor = office.user("admin"), office.user("hub"), office.user("editor")
    page = admin.get("/admin/sessions").text
    assert page.count("让它退出") == 2 and "中枢值班员" in page
    admin.post(f"/admin/users/{account('hub').id}/sessions/end")
    assert hub.client.get("/admin").status_code == 303
    name = admin.get("/admin/sessions").text.split('action="/admin/sessions/')[1].split("/")[0]
    admin.post(f"/admin/sessions/{name}/end")
    assert editor.client.get("/admin").status_code == 303
    assert [row.object for row in office.audited("session.end")] == ["user:hub", "user:editor"]


def test_no_page_shows_what_opens_a_login(office):
    admin = office.user("admin")
    cookie = admin.client.cookies["qiying_panel"]
    with office.db.reading() as session:
        hashes = [row.id_hash for row in session.exec(select(UserSession))]
    for path in ("/admin/sessions", "/admin/me"):
        page = admin.get(path).text
        assert cookie not in page and not any(one in page for one in hashes)
