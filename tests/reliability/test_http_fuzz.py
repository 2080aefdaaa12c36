"""Every route of the application under random input, as every role and as nobody (test 19).

Nothing makes it fail, nothing inside shows, and whoever may not write writes nothing. Routes, parameters and forms
are learnt from the route table and from the pages themselves, so that a new page is in it without a word here.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from fastapi.routing import APIRoute

from app.panel.access import access_of
from app.panel.calls import Call, Form
from tests.reliability.application import Answer, Application, Person
from tests.reliability.shots import MARK, Marksman, Shot, Shown, form_shot

REQUESTS = int(os.environ.get("QIYING_FUZZ_INPUTS", "0")) // 5
SEED = int(os.environ.get("QIYING_FUZZ_SEED", "19"))
# Refused attempts leave these: the trail, last use of a login, what was tried how often.
QUIET = frozenset({"audit", "audit_head", "panel_session", "panel_login_failure", "address_bucket"})
INSIDE = re.compile(
    r'Traceback \(most|File "/|\.py", line|sqlalchemy|sqlite3\.|psycopg|\$argon2|for tests only|a token of the metrics'
)
# Whether the database takes writes is told by writing; nobody has started a worker here.
PROBE = "/readyz"
EXAMPLES = 6


class Knowledge:
    """What is known of the routes so far: addresses, parameters, forms, and the fields a handler asked for."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.addresses: dict[str, list[str]] = {}
        self.values: dict[str, list[str]] = {}
        self.forms: dict[str, list[list[tuple[str, str]]]] = {}
        self.asked: dict[str, set[str]] = {}
        self.at = ""

    def names(self, route: APIRoute) -> list[str]:
        declared = [*route.dependant.query_params, *route.dependant.body_params]
        return sorted({*self.asked.get(key_of(route), ()), *(str(one.alias) for one in declared)})

    def learn(self, answer: Answer) -> list[str]:
        """Take in a page, or where it leads to; addresses that were new."""
        if answer.status == 303:
            return self._addresses([answer.headers["location"]])
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        page = Shown(answer.text)
        for action, fields in page.forms:
            route = self.application.route_of("POST", action)
            if route is not None:
                kept = self.forms.setdefault(key_of(route), [])
                if len(kept) < EXAMPLES:
                    kept.append(fields)
                self._keep(route, action)
        return self._addresses(page.links)

    def _addresses(self, links: list[str]) -> list[str]:
        new = []
        for link in links:
            route = self.application.route_of("GET", link) if link.startswith("/") else None
            if route is not None and self._keep(route, link.split("?")[0]):
                new.append(link)
        return new

    def _keep(self, route: APIRoute, path: str) -> bool:
        kept = self.addresses.setdefault(key_of(route), [])
        if path in kept or len(kept) >= EXAMPLES or not path.isascii():
            return False
        kept.append(path)
        found = route.path_regex.match(path)
        for name, value in (found.groupdict() if found else {}).items():
            self.values.setdefault(name, []).append(value)
        return True


def key_of(route: APIRoute) -> str:
    return f"{min(route.methods)} {route.path}"


@pytest.fixture
def knowledge(application: Application, monkeypatch: pytest.MonkeyPatch) -> Iterator[Knowledge]:
    """Walks through the pages as the people they are for, one or two examples of each."""
    known = Knowledge(application)

    def listened(reader: Any) -> Any:
        def read(self: Any, name: str) -> Any:
            known.asked.setdefault(known.at, set()).add(name)
            return reader(self, name)

        return read

    for owner, name in ((Form, "text"), (Form, "every"), (Call, "query"), (Call, "queries")):
        monkeypatch.setattr(owner, name, listened(getattr(owner, name)))
    visits: Counter[str] = Counter()
    to_see = [route.path for route in application.routes if "GET" in route.methods and "{" not in route.path]
    to_see += application.ticket_pages
    while to_see:
        address = to_see.pop(0)
        route = application.route_of("GET", address)
        if route is None or visits[key_of(route)] >= 2:
            continue
        visits[key_of(route)] += 1
        known.at = key_of(route)
        for person in readers_of(application, route)[:2]:
            answer = application.send(person, Shot("GET", address))
            to_see += known.learn(answer)
    yield known


def readers_of(application: Application, route: APIRoute) -> list[Person]:
    access = access_of(route)
    return [
        person
        for person in application.people.values()
        if (person.role in access.roles if access and access.roles else person.role is None)
    ]


def shot_at(route: APIRoute, person: Person, known: Knowledge, marksman: Marksman) -> Shot:
    examples = known.addresses.get(key_of(route))
    odd = not examples or marksman.chance.random() < 0.25
    path = marksman.path(route.path, known.values) if odd else marksman.chance.choice(examples or [""])
    if "GET" in route.methods:
        return marksman.read("GET", path, known.names(route))
    forms = known.forms.get(key_of(route)) or [[]]
    return marksman.write(path, marksman.chance.choice(forms), known.names(route), person.tokens)


def may(route: APIRoute, person: Person) -> bool:
    """Whether the route is for this person; phone pages look at that themselves."""
    access = access_of(route)
    return person.role in access.roles if access and access.roles else person.role is None


def faults_of(route: APIRoute, person: Person, shot: Shot, answer: Answer) -> list[str]:
    """What must not be, whatever was sent."""
    is_probe = route.path == PROBE
    faults = [f"status {answer.status}"] if answer.status >= 500 and not is_probe else []
    faults += [f"shows {found[0]}" for found in [INSIDE.search(answer.text)] if found]
    if answer.headers.get("content-type", "").startswith("text/html") and f"<{MARK}" in answer.text:
        faults.append("a tag of the sender's is in the page")
    if "\n" in "".join(answer.headers.values()) or "set-cookie: a=b" in str(answer.headers).lower():
        faults.append("a header of the sender's is in the answer")
    access = access_of(route)
    is_guest_door = access is not None and access.roles is None
    is_for = may(route, person) or access is None or is_guest_door
    noise = answer.written - QUIET - ({"key_value"} if is_probe else set())
    if noise and (shot.method == "GET" or not is_for or (person.tokens and not shot.has_token)):
        faults.append(f"wrote to {sorted(noise)}")
    if noise and not person.tokens and not is_guest_door:
        faults.append(f"a stranger wrote to {sorted(noise)}")
    return faults


def writes_without_a_token(known: Knowledge) -> list[str]:
    """Each form as its page offers it, by who may send it: without its token, with another person's, from elsewhere."""
    application, faults = known.application, []
    for route in application.routes:
        forms = known.forms.get(key_of(route)) if "POST" in route.methods else None
        people = [one for one in application.people.values() if one.tokens and may(route, one)]
        for fields, person in product((forms or [])[:2], people[:1]):
            name, own = next(iter(person.tokens.items()))
            bare = [(field, value or "测试示例") for field, value in fields if field != name]
            other = next((one.tokens[name] for one in people if one is not person), "x")
            foreign = [([*bare, (name, own)], {"sec-fetch-site": "cross-site"})]
            attempts = [(bare, {}), ([*bare, (name, other)], {}), *(foreign if person.role else [])]
            for pairs, headers in attempts:
                address = known.addresses[key_of(route)][0]
                answer = application.send(person, form_shot(address, pairs, headers))
                noise = sorted(answer.written - QUIET)
                faults += [f"{key_of(route)} as {person.name}: wrote to {noise}"] if noise else []
    return faults


def test_no_request_makes_the_application_fail_or_talk(
    application: Application, knowledge: Knowledge
) -> None:
    """Each route at least twice: by somebody it is for, and by anybody. First each form without its token."""
    assert writes_without_a_token(knowledge) == []
    marksman, outcomes, reached = Marksman(SEED), Counter[int](), set()
    people = list(application.people.values())
    faults: Counter[str] = Counter()
    for number in range(max(REQUESTS, 2 * len(application.routes))):
        route = application.routes[number % len(application.routes)]
        is_for = readers_of(application, route) if marksman.chance.random() < 0.8 else people
        person = application.people[marksman.chance.choice(is_for or people).name]
        knowledge.at = key_of(route)
        shot = shot_at(route, person, knowledge, marksman)
        answer = application.send(person, shot)
        outcomes[answer.status] += 1
        if answer.status < 400:
            reached.add(key_of(route))
        for fault in faults_of(route, person, shot, answer):
            faults[f"{key_of(route)} as {person.name}: {fault}"] += 1
            print(
                f"#{number} {person.name} {shot.method} {shot.address[:300]} {shot.headers} {shot.body[:300]!r}: {fault}"
            )
        knowledge.learn(answer)
        if answer.written & {"panel_user", "panel_session"}:
            application.restore_accounts()
    print(
        f"seed {SEED}: {outcomes.total()} requests, {dict(outcomes)}, {len(reached)} of {len(application.routes)} routes taken"
    )
    assert not faults, "\n".join(f"{count} × {fault}" for fault, count in faults.most_common())
    assert len(reached) > len(application.routes) * 0.4, "the run proves little"
