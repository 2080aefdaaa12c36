"""The five shipped profiles say what their documents say, and mark what they do not (mission C5, C8, C17)."""

import re
import tomllib
from datetime import time
from importlib import resources
from typing import Any

import pytest

from app.districts.loader import load_profile, shipped_profiles
from app.districts.profile import DEFAULT_CLAUSE, HolderKind, Limit, QuietHours

LADDERS = {
    "dongli": ["现场答复", "吹哨报到", "专项工作组", "联席会议"],
    "beichen": ["片区即时办理", "部门协调办理", "区级会商办理", "市级提级办理"],
    "tpftz": ["即时解决", "协同办理", "联席会议"],
    "ninghe": ["属地即时办", "部门协同办", "中枢分派办", "领导提级办", "市区协调办"],
    "binhai": ["受理", "转办", "督办", "通报"],
}


def test_the_five_districts_ship() -> None:
    """Contract: QIYING_DISTRICT."""
    assert shipped_profiles() == sorted(LADDERS)


@pytest.mark.parametrize(("key", "names"), LADDERS.items())
def test_ladder_is_the_one_of_the_document(key: str, names: list[str]) -> None:
    """C5: each rung under its own name, the officer first, departments second."""
    profile = load_profile(key)
    assert [step.name for step in profile.ladder] == names
    assert profile.ladder[0].holder_kind is HolderKind.OFFICER
    assert profile.ladder[1].holder_kind is HolderKind.DEPARTMENT
    assert profile.key == key


def test_clocks_that_documents_give_are_rules_and_others_are_marked() -> None:
    """C8: FT 7/2/2 and 7 for progress, NH 7; nobody else gives a number."""
    tpftz = load_profile("tpftz").deadlines
    assert [tpftz.finish.working_days, tpftz.contact.working_days, tpftz.tell.working_days] == [7, 2, 2]
    assert tpftz.progress is not None
    assert tpftz.progress.working_days == 7
    assert not any(limit.is_default for limit in (tpftz.finish, tpftz.contact, tpftz.tell, tpftz.progress))
    ninghe = load_profile("ninghe").deadlines
    assert (ninghe.finish.working_days, ninghe.finish.is_default) == (7, False)
    assert ninghe.contact.is_default
    for key in ("dongli", "beichen", "binhai"):
        assert load_profile(key).deadlines.finish.is_default


def test_particular_rules_of_single_documents() -> None:
    """DL 二(四)3 dissatisfied → 专项工作组; BC 四 green channel → 区级会商; NH 三(五) city only by the hub."""
    assert load_profile("dongli").dissatisfied_to == "group"
    green = load_profile("beichen").green_channel
    assert green is not None
    assert load_profile("beichen").step(green.step).name == "区级会商办理"
    assert [role.value for role in load_profile("ninghe").step("city").moved_by] == ["hub"]
    assert load_profile("ninghe").kinds == ("咨询", "问题", "意见建议")
    assert "政务服务" in load_profile("dongli").categories


@pytest.mark.parametrize("key", sorted(LADDERS))
def test_every_rule_names_its_clause(key: str) -> None:
    """Every table of rules says where it comes from, or that it is a default."""
    text = resources.files("app.districts").joinpath("profiles", f"{key}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    assert _tables_without_clause(data, key) == []
    assert DEFAULT_CLAUSE in text


def _tables_without_clause(data: dict[str, Any], where: str) -> list[str]:
    missing = []
    for name, value in data.items():
        if name in ("duties", "deadlines") and isinstance(value, dict):
            missing += _tables_without_clause(value, f"{where}.{name}")
            continue
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict):
                if name != "systems":  # a mapping is one rule, however many tables it has
                    missing += _tables_without_clause(table, f"{where}.{name}")
                # the categories of the handbook belong to [requests], whose clause says so
                if not table.get("clause") and name != "from_handbook":
                    missing.append(f"{where}.{name}")
    return missing


@pytest.mark.parametrize("key", sorted(LADDERS))
def test_handbook_variables_are_all_there(key: str) -> None:
    """What `{{ district.… }}` may name in kb/ has a value in every district."""
    variables = load_profile(key).handbook_variables()
    names = {"name", "hall", "hotline", "hub", "officer_title", "feedback_window", "online_platform"}
    assert set(variables) == names
    assert all(value.strip() for value in variables.values())


def test_no_telephone_or_person_is_invented() -> None:
    """Nothing but the public hotline may look like a number to call."""
    for key in LADDERS:
        text = (
            resources.files("app.districts").joinpath("profiles", f"{key}.toml").read_text(encoding="utf-8")
        )
        numbers = set(re.findall(r"(?<![\d年a-z])\d{5,}(?!\d)", text))
        assert numbers <= {"12345", "86912345"}, (key, numbers)


def test_quiet_hours_cross_midnight() -> None:
    """E7: 21:00–08:00 covers the night, not the day."""
    quiet = QuietHours(time(21), time(8), DEFAULT_CLAUSE)
    assert [quiet.covers(time(hour)) for hour in (20, 21, 3, 7, 8, 12)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert QuietHours(time(12), time(13), DEFAULT_CLAUSE).covers(time(12, 30))


def test_a_limit_knows_whether_it_is_ours() -> None:
    """Defaults are marked."""
    assert Limit(7, DEFAULT_CLAUSE).is_default
    assert not Limit(7, "三（二）2").is_default


def test_coverage_base_and_what_the_documents_list() -> None:
    """A1, A5: FT 二（一） alone leaves 僵尸企业 out; BC names 17 areas and 26 departments, NH has 17 areas."""
    base = {key: load_profile(key).coverage for key in LADDERS}
    assert [key for key, rule in base.items() if "僵尸企业" not in rule.statuses] == ["tpftz"]
    assert all("注销" not in rule.statuses and "正常" in rule.statuses for rule in base.values())
    assert (len(base["beichen"].areas), len(base["beichen"].departments)) == (17, 26)
    assert len(base["ninghe"].areas) == 17
    units = {line.unit for layer in load_profile("tpftz").routing for line in layer.table}
    assert units <= set(base["tpftz"].departments)
    assert all("默认" in rule.clause for rule in base.values()), "no document says how many are too many"
