"""C17: every request has a category and a kind, proposed by rule and corrected by a person (DL, BC, NH 附件二(一))."""

from pathlib import Path

import pytest

from app.districts.loader import load_profile, parse_profile, shipped_profiles
from app.errors import ConfigurationError, Forbidden
from app.tickets import reading
from app.tickets.categorising import Sorting, propose, proposed_category, proposed_kind, read
from app.tickets.lifecycle import Action
from app.tickets.values import Incomplete

KB = Path(__file__).parents[2] / "kb"
PROFILES = Path(__file__).parents[2] / "app/districts/profiles"
KINDS = ("咨询", "问题", "意见建议")
NOT_SERVED = {"redirect", "scope", "command", "smalltalk"}


@pytest.mark.parametrize("key", shipped_profiles())
def test_every_folder_of_the_handbook_stands_for_a_category(key) -> None:
    """No matter of the handbook is left without a category, and no line names an entry that is not there."""
    profile = load_profile(key)
    folders = {path.name for path in KB.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders - NOT_SERVED - set(profile.from_handbook) == set()
    entries = [entry for entry in profile.from_handbook if entry not in folders]
    assert [entry for entry in entries if not (KB / f"{entry}.md").is_file()] == []


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("dongli", "融资贷款"),
        ("beichen", "经济调节"),
        ("ninghe", "融资贷款"),
        ("tpftz", "政策扶持"),
        ("binhai", "政策法规指导"),
    ],
)
def test_each_district_has_its_own_name_for_the_same_matter(key, category) -> None:
    found = propose("想贷款，需要什么条件", ("finance/sme-loan", "finance/guarantee"), load_profile(key))
    assert found == Sorting(category, "咨询")


def test_a_category_of_no_district_is_refused() -> None:
    """The profile says where the fault is; it never opens a ticket with a category nobody knows."""
    text = (PROFILES / "ninghe.toml").read_text(encoding="utf-8")
    wrong = text.replace('finance = "融资贷款"', 'finance = "金融"').encode()
    with pytest.raises(ConfigurationError, match=r"from_handbook.finance：金融 不在"):
        parse_profile(wrong, "own.toml")


def test_most_near_entries_win_and_the_nearest_breaks_a_tie() -> None:
    table = {"tax": "税", "labor": "工", "labor/recruit": "招工"}
    assert proposed_category(("tax/a", "labor/b", "labor/c"), table) == "工"
    assert proposed_category(("labor/b", "tax/a"), table) == "工"
    assert proposed_category(("labor/recruit", "tax/a"), table) == "招工"
    assert proposed_category(("scope/police", "tax/a"), table) == "税"
    assert proposed_category(("scope/police",), table) == proposed_category((), table) == ""


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("办食品经营许可证要哪些材料", "咨询"),
        ("请问社保补缴几天能到账", "咨询"),
        ("留抵退税能退吗？", "咨询"),
        ("厂门口修路半个月了货车进不来怎么办", "问题"),
        ("反映园区停电三次没人管", "问题"),
        ("许可证交了一个月至今没批", "问题"),
        ("请帮助协调银行续贷", "问题"),
        ("建议把公交延到园区", "意见建议"),
        ("希望大厅中午也能办事，现在总是排不上，办不了", "意见建议"),
        ("社保", ""),
    ],
)
def test_the_words_speak_for_a_kind(words, kind) -> None:
    """NH 附件二(一): 咨询、问题、意见建议; words that say nothing propose nothing."""
    assert proposed_kind(words, KINDS) == kind


def test_only_the_districts_own_kinds_are_proposed() -> None:
    assert proposed_kind("建议把公交延到园区", ("咨询", "问题")) == ""


def test_what_a_person_names_is_read_in_any_order() -> None:
    profile = load_profile("ninghe")
    assert read("融资贷款 咨询", profile) == read("咨询，融资贷款", profile) == Sorting("融资贷款", "咨询")
    assert read("问题", profile) == Sorting(kind="问题")
    for wrong in ("", "金融", "融资贷款 用工社保", "咨询 问题", "融资贷款 请尽快"):
        with pytest.raises(Incomplete, match="请写明类别"):
            read(wrong, profile)


def test_a_ticket_without_a_category_gets_a_proposal_marked_as_one(desk, cast) -> None:
    """The officer reads on the push that it is the system's idea; the timeline keeps what was proposed."""
    ticket = desk.open("想贷款，需要什么条件", near=("小微企业贷款",), near_ids=("finance/sme-loan",))
    assert (ticket.category, ticket.kind, ticket.is_sorting_proposed) == ("融资贷款", "咨询", True)
    assert desk.events(ticket)[0].data["proposed"] == {"category": "融资贷款", "kind": "咨询"}
    assert "类别：融资贷款 · 咨询（系统推荐）" in desk.last_push("o-wang")[1]


def test_what_the_channel_said_is_not_touched(desk) -> None:
    said = {"category": "证照办理", "kind": "问题", "near_ids": ("finance/sme-loan",)}
    ticket = desk.open("想贷款，需要什么条件", **said)
    assert (ticket.category, ticket.kind, ticket.is_sorting_proposed) == ("证照办理", "问题", False)
    assert "proposed" not in desk.events(ticket)[0].data
    half = desk.open("想贷款，需要什么条件", category="证照办理", near_ids=("finance/sme-loan",))
    assert (half.category, half.kind, half.is_sorting_proposed) == ("证照办理", "咨询", True)


def test_a_person_corrects_it_and_it_is_no_proposal_any_more(desk, cast) -> None:
    """Evented with what it was; the enterprise neither is told nor reads it; also after it was settled."""
    ticket = desk.open("想贷款，需要什么条件", near_ids=("finance/sme-loan",))
    before = desk.pushed("o-zhao")
    changed = desk.do(ticket, Action.CATEGORISE, cast.wang, target="政策咨询")
    assert (changed.category, changed.kind, changed.is_sorting_proposed) == ("政策咨询", "咨询", False)
    event = desk.events(ticket)[-1]
    assert (event.kind, event.data["was"]) == ("categorise", ["融资贷款", "咨询"])
    with desk.database.reading() as session:
        assert reading.timeline(session, changed)[-1].note == "政策咨询 · 咨询"
        assert all(line.kind != "categorise" for line in reading.timeline(session, changed, is_public=True))
    assert desk.pushed("o-zhao") == before
    settled = desk.do(changed, Action.RESOLVE, cast.wang, note="已讲清条件")
    again = desk.do(settled, Action.CATEGORISE, cast.hub, target="融资贷款 问题")
    assert (again.status, again.category, again.kind) == ("resolved", "融资贷款", "问题")


def test_who_does_not_hold_it_does_not_name_it(desk, cast) -> None:
    ticket = desk.open("想贷款，需要什么条件")
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.CATEGORISE, cast.li, target="政策咨询")
