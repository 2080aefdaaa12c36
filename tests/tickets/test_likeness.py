"""Two requests about one matter are offered for merging (C2): alike by their words, unlike ones left alone."""

import pytest

from app.tickets.likeness import ALIKE, likeness, most_alike


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (
            "厂门口三盏路灯不亮一周了，夜班工人不安全",
            "您好，厂门口路灯不亮已经一周，夜班工人出入不安全",
            True,
        ),
        ("门前下水道堵了，污水外溢没人管", "厂区门前下水道堵塞，污水外溢", True),
        ("供电容量不够，想增容", "厂门口三盏路灯不亮一周了", False),
        ("希望尽快解决用工问题，缺焊工二十人", "希望尽快解决贷款问题，缺流动资金二百万", False),
        ("", "厂门口三盏路灯不亮一周了", False),
        ("路灯", "路灯", False),
    ],
)
def test_the_same_matter_in_other_words(one: str, other: str, is_alike: bool) -> None:
    assert (likeness(one, other) >= ALIKE) is is_alike
    assert likeness(one, other) == likeness(other, one)


def test_the_most_alike_is_named() -> None:
    open_now = [("A", "供电容量不够，想增容"), ("B", "厂门口路灯不亮"), ("C", "厂门口三盏路灯都不亮")]
    assert most_alike("厂门口三盏路灯不亮", open_now) == "C"
    assert most_alike("社保怎么缴", open_now) == ""
    assert most_alike("社保怎么缴", []) == ""
