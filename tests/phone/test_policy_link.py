"""The page behind a pushed policy says who read it, once, and keeps nothing of a forged link (B7)."""

from datetime import timedelta

from app.policies import links
from app.policies.models import ItemState, PolicyPush, PushItem, PushState

KEY = b"a signing key for tests only...."
ENTRY = "registration/individual-setup"


def read_at(mobile, item_id):
    with mobile.db.reading() as session:
        return session.get(PushItem, item_id).read_at


def test_opening_the_link_counts_as_read_once(mobile):
    now = mobile.clock.now()
    with mobile.db.transaction() as session:
        push = PolicyPush(
            entry_id=ENTRY, title="个体工商户怎么注册", sentence="网上就能办。", per_hour=1, follow_hours=1,
            state=PushState.DONE, created_at=now, created_by="hub",
        )  # fmt: skip
        session.add(push)
        session.flush()
        session.add(PushItem(push_id=push.id, enterprise_id=1, openid="o-zhao", state=ItemState.RELEASED))
    path = links.entry_path(ENTRY, 1, KEY)
    mobile.get(f"/h/{ENTRY}")
    mobile.get(f"{path[:-1]}x")
    mobile.get(path.replace("p=1.", "p=2."))
    mobile.get(path.replace(ENTRY, "registration/company-setup"))
    assert read_at(mobile, 1) is None
    page = mobile.get(path).text
    first = read_at(mobile, 1)
    assert first is not None and first - now < timedelta(minutes=1) and "noindex" in page
    mobile.get(path)
    assert read_at(mobile, 1) == first
