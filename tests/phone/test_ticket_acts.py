"""What is sent from a ticket page: once, nothing lost, nothing kept of strangers, words for the one who reads (D3, D5)."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from app.outbox.models import OutboxMessage
from app.tickets.lifecycle import Action
from tests.phone_errand import JPEG, WANG


def test_a_second_tap_changes_nothing_and_says_the_same(errand, path) -> None:
    """The same page sent twice; what is written again on a fresh page, or later, is new."""
    page = errand.open(path)
    for _ in range(2):
        assert "已补充" in errand.send(path, page, "supplement", (JPEG,), words="灯杆三号").text
    assert errand.count("supplement") == 1
    assert len(errand.kept) == 1
    for _ in range(2):
        assert "已催办" in errand.send(path, errand.open(path), "urge").text
    assert errand.count("urge") == 2
    errand.mobile.clock.advance(timedelta(minutes=2))
    errand.send(path, page, "supplement", words="灯杆三号")
    assert errand.count("supplement") == 2


def test_an_officers_second_tap_is_no_conflict_but_another_act_on_an_old_page_is(errand, own) -> None:
    page = errand.open(own, WANG)
    assert [errand.send(own, page, "accept").status_code for _ in range(2)] == [200, 200]
    assert errand.count("accept") == 1
    late = errand.send(own, page, "reply", words="写了很多字")
    assert late.status_code == 409
    assert "写了很多字" in late.text


def test_a_second_rating_on_the_same_page_counts_if_it_is_another(errand, path) -> None:
    """Dissatisfied reopens (D4); the same tap again does not climb another rung."""
    errand.mobile.act(Action.ACCEPT)
    errand.mobile.act(Action.RESOLVE, note="好了", target="solved")
    page = errand.open(path)
    for _ in range(2):
        answer = errand.send(path, page, "rate", extra="2", words="没好").text
        assert "已重新打开，升一级接着办" in answer
        assert "上次的结果：</strong>好了" in answer
    assert errand.count("reopen") == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [((JPEG,) * 5, "一次最多 4 个文件"), ((JPEG + b"0" * 10 * 1024 * 1024,), "每个文件不超过 10 MB"), ((b"MZ\x90",), "只收图片和 PDF")],
)  # fmt: skip
def test_what_cannot_be_kept_is_named_and_the_words_stay(errand, path, files, said) -> None:
    answer = errand.send(path, errand.open(path), "supplement", files, words="我的话还在")
    assert answer.status_code == 400
    assert said in answer.text
    assert "我的话还在</textarea>" in answer.text
    assert errand.count("supplement") == 0


def test_words_are_kept_whole_or_not_at_all(errand, path) -> None:
    """Pasted, they are not cut by the browser: the page says that they are too many, and they stay to be shortened."""
    page = errand.open(path)
    assert 'name="words" rows="3">' in page
    long = "水" * 2001
    answer = errand.send(path, page, "supplement", words=long)
    assert answer.status_code == 400
    assert "最多写 2000 字，现在是 2001 字" in answer.text and f"{long}</textarea>" in answer.text
    assert errand.count("supplement") == 0
    errand.send(path, errand.open(path), "supplement", words=long[1:])
    assert errand.count("supplement") == 1


def test_nothing_is_kept_of_somebody_who_may_not_send_it(errand, path) -> None:
    """A stranger has no form; what is not one's own to do, or goes to a link that nobody made, leaves no file."""
    assert "form_token" not in errand.open(path, "o-stranger")
    page = errand.open(path)
    assert errand.send(path, page, "resolve", (JPEG,), words="办好了").status_code == 403
    assert errand.send("/t/x.y", page, "supplement", (JPEG,), words="补充").status_code == 404
    assert errand.kept == []


def test_the_officer_reads_of_the_enterprise_and_the_enterprise_of_itself(errand, path, own) -> None:
    """What is asked for stands at the top, before the form that answers it."""
    errand.mobile.act(Action.REQUEST_INFO, note="请拍执照正本")
    mine, staff = errand.open(path), errand.open(own, WANG)
    assert mine.index("请您补充：</strong>请拍执照正本") < mine.index("可以做的")
    assert "请企业补充：</strong>请拍执照正本" in staff
    assert "等您补充" in mine
    assert "等您" not in staff
    errand.mobile.act(Action.RESOLVE, note="好了", target="solved")
    assert "等企业评价" in errand.open(own, WANG)


def test_a_picture_is_seen_by_whoever_may_read_the_words(errand, path, own) -> None:
    """The officer sees on the phone what the enterprise sent; the link alone, or another ticket's, shows nothing."""
    errand.send(path, errand.open(path), "supplement", (JPEG,), words="看照片")
    page = errand.open(own, WANG)
    address = re.search(r'href="(/o/[^"]+/files/1)"', page)[1]
    shown = errand.client.get(address)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert shown.headers["content-disposition"].startswith("inline")
    assert (shown.headers["cache-control"], shown.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )
    for wrong in ("2", "x", "-1", "1" * 12):
        answer = errand.client.get(f"{own}/files/{wrong}")
        assert answer.status_code == 404
        assert errand.mobile.check(answer.text) == []
    errand.open(own, "o-stranger")
    assert errand.client.get(address).status_code == 404
    errand.client.cookies.clear()
    assert errand.client.get(address, follow_redirects=False).status_code == 303


def test_a_file_of_the_officer_reaches_the_enterprise_by_the_same_way(errand, path, own) -> None:
    """With a reply; the enterprise is told where to see it, opens it, and nobody else does (D1)."""
    answer = errand.send(own, errand.open(own, WANG), "reply", (JPEG, JPEG), words="请看样表")
    assert "已发给企业" in answer.text
    mine = errand.open(path)
    assert "请看样表 ［附件 2 个，点「查进度」再点「办理过程」看］" in mine
    assert "附件 2 个" in mine
    address = re.search(r'href="(/t/[^"]+/files/2)"', mine)[1]
    assert errand.client.get(address).content == JPEG
    with errand.mobile.db.reading() as session:
        replies = [
            row.reply for row in session.exec(select(OutboxMessage)).all() if "请看样表" in str(row.reply)
        ]
    assert len(replies) == 1
    assert "［附件 2 个" in str(replies)
    errand.open(path, "o-stranger")
    assert errand.client.get(address).status_code == 404


def test_an_officer_sends_no_file_of_another_kind_and_none_with_other_acts(errand, own) -> None:
    """The same limits as for the enterprise; the fault stands beside the field of the files, the words stay."""
    for files, said in (((b"MZ\x90",), "只收图片和 PDF"), ((JPEG,) * 5, "一次最多 4 个文件")):
        page = errand.send(own, errand.open(own, WANG), "reply", files, words="我的话还在").text
        assert "我的话还在</textarea>" in page
        assert re.search(r'id="reply-files"[^>]*aria-invalid="true"[^>]*autofocus', page)
        assert page.count(said) == 2
    assert errand.count("reply") == 0
    assert 'id="resolve-files"' not in page
