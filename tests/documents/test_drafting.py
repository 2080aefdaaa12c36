"""An entry file → fields of a form → the same file: an editor without git loses nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.districts.loader import load_profile
from handbook import loader
from handbook.drafting import Draft, DraftSection, draft_of, markdown_of, slug_of
from handbook.entry import Basis
from handbook.fields import entry_from
from handbook.loader import Library
from handbook.proofing import document_of, proof

KB = Path(__file__).parents[2] / "kb"
PROFILE = load_profile("ninghe")
VARIABLES = PROFILE.handbook_variables()
TODAY = date(2026, 11, 20)
ENTRY = "registration/company-setup"


@pytest.fixture(scope="module")
def library() -> Library:
    return loader.load(KB, None, district=PROFILE.key, variables=VARIABLES)


def test_every_shipped_entry_survives_the_form(library: Library) -> None:
    """Read, written and read again, each entry is word for word what it was."""
    different = []
    for entry_id, document in library.documents.items():
        again, _ = document_of(markdown_of(draft_of(document)), entry_id)
        assert again is not None
        before, _ = entry_from(document, district=PROFILE.key, variables=VARIABLES)
        after, _ = entry_from(again, district=PROFILE.key, variables=VARIABLES)
        if before is None or after is None or replace(before, path="") != replace(after, path=""):
            different.append(entry_id)
    assert different == []


@pytest.mark.parametrize(
    "text",
    [
        "a: b # c",
        "- x",
        "* y",
        "null",
        "~",
        "true",
        "{a}",
        "'q'",
        '"w"',
        "&y",
        "!z",
        "%p",
        "@a",
        "a,b",
        "中文：问?",
        "x]",
        "😀 好",
    ],
)
def test_whatever_is_typed_comes_back(text: str) -> None:
    """YAML's special characters are the editor's ordinary ones."""
    draft = Draft(title=text, questions=(text, f"{text}二"), keywords=(text,), basis=(Basis(text, text),))
    document, problems = document_of(markdown_of(draft), "a/b")
    assert document is not None
    assert problems == []
    back = draft_of(document)
    assert (back.title, back.questions, back.keywords, back.basis) == (
        draft.title,
        draft.questions,
        draft.keywords,
        draft.basis,
    )


def test_a_field_cannot_open_another() -> None:
    """A line break in a one-line field does not smuggle in a second field."""
    document, _ = document_of(markdown_of(Draft(title="标题\naudience: officer\n---\n")), "a/b")
    assert document is not None
    assert draft_of(document).audience == "public"
    assert draft_of(document).title == "标题 audience: officer ---"


def test_a_short_name_is_the_title_spoken() -> None:
    assert slug_of("怎么注册公司？ABC 2026") == "zen-me-zhu-ce-gong-si-abc-2026"
    assert len(slug_of("怎" * 60)) <= 40
    assert slug_of("！？") == ""


def test_faults_stand_at_their_field(library: Library) -> None:
    draft = draft_of(library.documents[ENTRY])
    bad = replace(
        draft,
        title="个体工商户怎么注册",
        questions=(*draft.questions[:3], "个体执照几天能拿到手", "打13900000001问"),
        reviewed="昨天",
        summary=draft.summary * 3,
        sections=(*draft.sections[:2], DraftSection("所需材料二", "<b>x</b>")),
    )
    found = proof(markdown_of(bad), ENTRY, library, district=PROFILE.key, variables=VARIABLES, today=TODAY)
    assert "个体工商户怎么注册" in found.at("title")[0].message
    rows = [remark.message for remark in found.at("questions")]
    assert rows[0].startswith("只有 5 条")
    assert rows[1].startswith("第 4 行：问法和别的条目重复")
    assert rows[2].startswith("第 5 行：像电话号码")
    assert found.at("reviewed")
    assert found.at("summary")
    assert len(found.at("sections")) == 4
    assert {remark.message for remark in found.at("section:2")} == {
        "没有「所需材料二」这个章节",
        "不能用 HTML：<b>",
    }


def test_a_sound_entry_has_no_faults(library: Library) -> None:
    """Its own old version does not count as another entry that says the same."""
    text = library.documents[ENTRY].raw
    found = proof(text, ENTRY, library, district=PROFILE.key, variables=VARIABLES, today=TODAY)
    assert found.faults == ()
    assert found.entry is not None


def test_a_file_that_cannot_be_read_is_one_remark(library: Library) -> None:
    found = proof("没有字段", ENTRY, library, district=PROFILE.key, variables=VARIABLES, today=TODAY)
    assert found.entry is None
    assert found.faults[0].place == "whole"
