"""A broken profile is refused with every fault at once, named by key (design §2 Districts)."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from app.districts.loader import load_profile, parse_profile, shipped_profiles
from app.errors import ConfigurationError

NINGHE = resources.files("app.districts").joinpath("profiles", "ninghe.toml").read_text(encoding="utf-8")


def faults_of(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        parse_profile(text.encode(), "broken.toml")
    return refused.value.faults


def changed(*pairs: tuple[str, str]) -> str:
    text = NINGHE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_sixth_district_is_a_copied_file(tmp_path: Path) -> None:
    """Any path works; the digest follows the content."""
    path = tmp_path / "jizhou.toml"
    path.write_text(NINGHE.replace('"ninghe"', '"jizhou"').replace('"宁河区"', '"蓟州区"'), encoding="utf-8")
    profile = load_profile(str(path))
    assert (profile.key, profile.name) == ("jizhou", "蓟州区")
    assert profile.digest != load_profile("ninghe").digest
    assert len(profile.digest) == 64


def test_every_fault_is_listed_at_once() -> None:
    """Six faults, six lines, each with its key."""
    faults = faults_of(
        changed(
            ('name = "宁河区"', "name = 7"),
            ("working_days = 7", "working_days = 0"),
            ('holder_kind = "officer"', 'holder_kind = "clerk"'),
            ("closes = 17:00:00", "closes = 08:00:00"),
            ('clause = "默认：升高一级"', ""),
            ("[pause]\nenabled = true", "[pause]\nenabled = 1"),
        )
    )
    text = "\n".join(faults)
    for key in (
        "name：",
        "deadlines.finish.working_days",
        "ladder[1].holder_kind",
        "office_hours.closes",
        "dissatisfied.clause",
        "pause.enabled",
    ):
        assert key in text, key
    assert all(fault.startswith("broken.toml ") for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[closing]\nsilent", "[closing]\nslient_days = 3\nsilent", "closing.slient_days"),
        ('to_step = ""', 'to_step = "department"', "dissatisfied.to_step"),
        ('to_step = ""', 'to_step = "nowhere"', "dissatisfied.to_step"),
        ('key = "leader"', 'key = "hub"', "ladder"),
        ('moved_by = ["hub"]', 'moved_by = ["mayor"]', "ladder[5].moved_by"),
        ("unaccepted_to_hub = 2", "unaccepted_to_hub = 1", "reminders.unaccepted_to_hub"),
        ("start = 21:00:00", 'start = "21:00"', "quiet_hours.start"),
        ('kinds = ["咨询", "问题", "意见建议"]', 'kinds = ["咨询", "咨询"]', "requests.kinds"),
        ('[places]\nhall = "区政务服务中心"', '[places]\nhall = " "', "places.hall"),
    ],
)
def test_single_faults(old: str, new: str, key: str) -> None:
    """Misspelt keys, impossible references, wrong types: none is silently ignored."""
    faults = faults_of(changed((old, new)))
    assert any(key in fault for fault in faults), faults


def test_a_ladder_needs_somewhere_to_raise_to() -> None:
    """Only officer and department: 上报 would lead nowhere."""
    start, end = NINGHE.index('[[ladder]]\nkey = "hub"'), NINGHE.index("[deadlines.finish]")
    faults = faults_of(NINGHE[:start] + NINGHE[end:])
    assert any("无处上报" in fault for fault in faults)


def test_not_toml_and_not_there() -> None:
    """Syntax errors and unknown names are one readable sentence."""
    assert "TOML" in faults_of("key = ")[0]
    with pytest.raises(ConfigurationError) as refused:
        load_profile("atlantis")
    assert "ninghe" in refused.value.faults[0]


def test_faults_of_working_together_feedback_and_routing_are_named() -> None:
    """A channel nobody has, an unknown grouping, a layer without its table, and a table where none belongs."""
    text = "\n".join(
        faults_of(
            changed(
                ('grouped_by = "category"', 'grouped_by = "colour"'),
                ("contacts_per_month = 2", "contacts_per_month = 0"),
                ('name = "片区"\nby = "area"', 'name = "片区"\nby = "industry"'),
                ("[handoffs]\n", '[co_handling]\nchannels = ["飞鸽"]\nclause = "默认"\n\n[handoffs]\n'),
            )
        )
    )
    for words in ("feedback.grouped_by", "feedback.contacts_per_month", "routing[1].table", "飞鸽"):
        assert words in text, words


def test_the_routing_table_of_a_layer_names_values_unit_and_clause() -> None:
    source = resources.files("app.districts").joinpath("profiles", "tpftz.toml").read_text(encoding="utf-8")
    broken = source.replace('unit = "财政局"\n', "", 1).replace(
        'values = ["金融业"]', 'values = ["金融业", 7]'
    )
    text = "\n".join(faults_of(broken))
    assert "routing[3].table[6].unit" in text
    assert "routing[3].table[6].values" in text


def test_a_missing_section_is_one_fault_and_its_misspelling_another() -> None:
    """The lines of a section that is not there are not listed one by one."""
    faults = faults_of(changed(("[pause]", "[puase]"), ('moved_by = ["hub"]', 'moved_by = ["boss"]')))
    assert [fault.split("：")[0] for fault in faults] == [
        "broken.toml ladder[5].moved_by",
        "broken.toml pause",
        "broken.toml puase",
    ]


def test_guide_explains_every_section_of_a_profile() -> None:
    """docs/new-district.md names each table that any shipped profile has."""
    guide = (Path(__file__).parents[2] / "docs" / "new-district.md").read_text("utf-8")
    folder = resources.files("app.districts").joinpath("profiles")
    tables: set[str] = set()
    for key in shipped_profiles():
        data = tomllib.loads(folder.joinpath(f"{key}.toml").read_text("utf-8"))
        tables |= {f"[[{k}]]" for k, v in data.items() if isinstance(v, list)}
        tables |= {f"[{k}" for k, v in data.items() if isinstance(v, dict)}
    assert [name for name in sorted(tables) if f"`{name}" not in guide] == []


def test_a_step_that_asks_for_a_reason_says_which() -> None:
    """Whoever moves a request up without one reads what is asked."""
    text = "\n".join(faults_of(re.sub(r"reason_asked = .*\n", "", NINGHE, count=1)))
    assert "ladder[1].reason_asked" in text


def test_coverage_base_knows_its_statuses() -> None:
    """A5: a misspelt status would silently shrink the base."""
    broken = re.sub(r"statuses = .*", 'statuses = ["正常", "失踪"]', NINGHE)
    assert "coverage.statuses" in "\n".join(faults_of(broken))
