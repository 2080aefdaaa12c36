"""A form that comes twice within seconds, from a double click on a slow machine, is carried out once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from app import keyvalue
from app.clock import real_now
from app.panel.calls import Call, Form
from app.panel.models import UserSession

WITHIN = timedelta(seconds=10)
LONGEST = 1500


def once(call: Call, id_hash: str, handler: Callable[[Call], Response]) -> Response:
    """What the handler answers; for the very form that this user sent a moment ago, where that one led to.

    Only the last form counts: whoever does something else in between means it when the first comes again. Forms of
    one login wait for each other. A refused form left nothing behind: it may come again at once.
    """
    session, now = call.session, real_now()
    session.get(UserSession, id_hash, with_for_update=True)
    key, print_ = f"panel_form:{call.user.id}", fingerprint(call.request.url.path, call.form)
    led_to = _earlier(session, key, print_, now)
    if led_to is not None:
        call.detail = {"repeated": "只办一次"}
        return RedirectResponse(led_to, status_code=303)
    response = handler(call)
    location = response.headers.get("location", "")
    if response.status_code == 303 and len(location) <= LONGEST:
        fact = {"form": print_, "at": now.timestamp(), "to": location}
        keyvalue.write(session, key, json.dumps(fact, ensure_ascii=False))
    else:
        keyvalue.forget(session, key)
    return response


def fingerprint(path: str, form: Form) -> str:
    """The same for the same form: address, every field, and the file that came along."""
    file = hashlib.sha256(form.file.content).hexdigest() if form.file else ""
    fields = sorted((name, list(values)) for name, values in form.lists.items())
    return hashlib.sha256(json.dumps([path, fields, file]).encode()).hexdigest()


def _earlier(session: Session, key: str, print_: str, now: datetime) -> str | None:
    fact = json.loads(keyvalue.read(session, key) or "{}")
    is_same = fact.get("form") == print_ and abs(now.timestamp() - fact["at"]) <= WITHIN.total_seconds()
    return str(fact["to"]) if is_same else None
