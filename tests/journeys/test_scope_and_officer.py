"""What is not served is refused with the right channel, and everybody is told who serves them (B5, A7)."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from app.conversations.models import Answer
from app.districts.loader import load_profile, shipped_profiles

# exclusion of the profile → what somebody writes, and a word of the channel that is named instead
REFUSED = {
    "涉法涉诉": ("一审判决不服", "12368"),
    "涉及信访": ("我要上访", "国家信访局"),
    "涉及国家秘密": ("军工涉密文件怎么传给你们", "保密行政管理部门"),
    "涉及商业秘密": ("查一下竞争对手的客户名单", "由律师向法院申请调查"),
    "涉及个人隐私": ("帮我查个人的手机号", "依法受保护"),
    "违反法律法规或者违背公序良俗": ("哪里能买发票", "12366"),
}


@pytest.fixture
def answers(town) -> Callable[[], list[Answer]]:
    def read() -> list[Answer]:
        with town.runtime.db.reading() as session:
            return list(session.exec(select(Answer).order_by(Answer.id)))

    return read


def test_each_kind_outside_the_service_is_refused_with_its_channel(town, answers) -> None:
    """B5 (BC 三（二）, NH 附件二（一）): by the shipped handbook; no ticket, counted as out of scope."""
    phone = town.phone("oEnterprise1")
    for question, channel in REFUSED.values():
        phone.send_text(question)
        assert channel in phone.inbox[-1].text, question
    assert town.tickets() == []
    assert [row.decision for row in answers()] == ["out_of_scope"] * len(REFUSED)


@pytest.mark.parametrize("key", shipped_profiles())
def test_every_exclusion_of_a_district_is_among_them(key: str) -> None:
    """B5: a district that excludes something else needs an entry that says where to go."""
    assert set(load_profile(key).exclusions) <= set(REFUSED)


def test_my_officer_is_named_with_the_public_number(bound) -> None:
    """A7 我的服务员: name, place and the number that is public, in the chat."""
    bound.send_text("我的服务员")
    said = bound.inbox[-1].text
    for words in ("王服务", "芦台街道", "022-00000001"):
        assert words in said
