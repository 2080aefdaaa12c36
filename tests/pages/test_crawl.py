"""Every page that a link leads to, for every account and on the phone: it opens, is well made, loads nothing of others.

One page of each shape of address stands for all of them; that is what makes the walk cheap.
"""

import pytest

from app.clock import real_now
from app.demo.seed_people import DEMO_ACCOUNTS
from app.tickets.links import officer_path, ticket_path

LEAST = {"hub": 55, "leader": 25, "department": 6, "editor": 18, "auditor": 45, "admin": 85}


@pytest.mark.parametrize("username", [account.username for account in DEMO_ACCOUNTS])
def test_every_page_of_the_panel_opens_and_is_well_made(site, page_faults, username) -> None:
    """Status, one h1, labels, unique ids, nothing inline, captions and scopes, no other host (E1–E5, reliability 7)."""
    walker = site.walker(page_faults, username, with_conditions=username == "admin")
    walker.walk(["/admin"], inside=("/admin",))
    assert walker.faults == []
    assert len(walker.shapes) >= LEAST[username], len(walker.shapes)


def test_every_phone_page_opens_and_is_well_made(site, page_faults) -> None:
    """Entry, area, privacy, an enterprise's and an officer's ticket; a stranger's link is a page too (B1, D1)."""
    with site.runtime.db.reading() as session:
        key = site.runtime.rules(session).signing_key
    number, now = "20261109-0014", real_now()
    walker = site.walker(page_faults)
    walker.walk(
        ["/h/registration/license-lost", "/areas/NH01", "/privacy", ticket_path(number, key, now), officer_path(number, key, now)],
        inside=("/h/", "/areas", "/privacy", "/t/", "/o/"),
    )  # fmt: skip
    assert walker.faults == []
    stranger = walker.client.get("/h/no/such-entry")
    assert stranger.status_code == 404
    assert page_faults(stranger.text) == []
