"""Accounts at their own door: logging in with a password and a code, and an office with stricter rules."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from app.clock import real_now
from app.panel import policy as rules_of_accounts
from app.panel.accounts import find_user
from app.panel.router import panel_router
from app.panel.second_factor import seed_of

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """New passwords cost a millisecond instead of a tenth of a second: the hash itself is tested elsewhere."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("app.panel.passwords.PasswordHasher", quick)


@pytest.fixture
def fields_of() -> Callable[..., dict[str, str]]:
    """The hidden fields of a form on a page."""

    def find(html: str, action: str) -> dict[str, str]:
        form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', html, re.S)
        assert form is not None, action
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))

    return find


@pytest.fixture
def log_in(fields_of):
    """Type a password (and a code) at the login page; the last answer."""

    def enter(browser, username, password, code=""):
        page = browser.get("/admin/login").text
        hidden = fields_of(page, "/admin/login")
        data = {**hidden, "username": username, "password": password}
        answer = browser.client.post("/admin/login", data=data)
        if code and answer.status_code == 200:
            data = {**fields_of(answer.text, "/admin/login/code"), "code": code}
            answer = browser.client.post("/admin/login/code", data=data)
        if answer.status_code == 303:
            page = browser.client.get(answer.headers["location"], follow_redirects=True).text
            browser.csrf_token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return answer

    return enter


@pytest.fixture
def stricter(office):
    """The same office under another policy: `stricter(password_days=90)`."""

    def build(**values):
        deps = replace(office.deps, policy=rules_of_accounts.Policy(**values))
        app = FastAPI()
        app.include_router(panel_router(deps))
        return replace(office, deps=deps, app=app)

    return build


@pytest.fixture
def account(office):
    """The stored account of this name."""

    def find(username):
        with office.db.reading() as session:
            return find_user(session, username)

    return find


@pytest.fixture
def code_of(office, account):
    """A code of the account's telephone, `steps` half minutes from now."""

    def make(username, steps=0):
        user = account(username)
        seed = seed_of(user, office.deps.signing_key)
        return pyotp.TOTP(seed).at(real_now() + timedelta(seconds=30 * steps))

    return make
