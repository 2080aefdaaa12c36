"""The panel's pages that turn what was learnt into policy pushes, cases and warnings, each with its roles."""

from app.panel.pages import cases, gaps, policies, trends
from app.panel.roles import DISPATCHERS, EDITORS, HANDBOOK_READERS, OUTBOX_READERS, POLICY_WRITERS
from app.panel.routing import Routes


def add_learning(routes: Routes) -> None:
    """All of them."""
    _add_policies(routes)
    _add_cases(routes)
    _add_trends(routes)
    _add_gaps(routes)


def _add_policies(routes: Routes) -> None:
    one, again = "/policies/{push_id}", policies.refuse_act
    routes.get("/policies", HANDBOOK_READERS, policies.show_list)
    routes.get("/policies/new", POLICY_WRITERS, policies.show_new)
    routes.post("/policies", POLICY_WRITERS, "policy.write", policies.create, policies.refuse_create)
    routes.get(one, HANDBOOK_READERS, policies.show)
    routes.post(f"{one}/start", DISPATCHERS, "policy.start", policies.start, again)
    routes.post(f"{one}/stop", DISPATCHERS, "policy.stop", policies.stop, again)


def _add_cases(routes: Routes) -> None:
    one = "/cases/{number}"
    routes.get("/cases", HANDBOOK_READERS, cases.show_list)
    routes.get(one, OUTBOX_READERS, cases.show)
    routes.post(one, DISPATCHERS, "case.propose", cases.propose, cases.show_refusal)


def _add_trends(routes: Routes) -> None:
    pool = "/trends/reserve"
    routes.get("/trends", HANDBOOK_READERS, trends.show)
    routes.get(pool, HANDBOOK_READERS, trends.show_reserve)
    routes.post(pool, DISPATCHERS, "reserve.list", trends.enter, trends.refuse_enter)
    routes.post(f"{pool}/{{item_id}}", DISPATCHERS, "reserve.decide", trends.decide, trends.refuse_decide)


def _add_gaps(routes: Routes) -> None:
    one, again = "/gaps/{cluster_id}", gaps.show_refusal
    routes.get("/gaps", HANDBOOK_READERS, gaps.show_list)
    routes.get(one, HANDBOOK_READERS, gaps.show)
    routes.post(f"{one}/draft", EDITORS, "gap.draft", gaps.draft, again)
    routes.post(f"{one}/settle", EDITORS, "gap.settle", gaps.settle, again)
    routes.post(f"{one}/dismiss", EDITORS, "gap.dismiss", gaps.dismiss, again)
    routes.get("/usage", HANDBOOK_READERS, gaps.show_usage)
    routes.get("/digest", HANDBOOK_READERS, gaps.show_digest)
