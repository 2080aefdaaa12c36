"""Which department an officer means, in full, in part, or as everybody shortens it (C5 吹哨)."""

import pytest

from app.directory.lookup import abbreviates
from app.directory.models import Department
from app.tickets.finding import named

KNOWN = [
    Department(id=n, name=name)
    for n, name in enumerate(
        ["宁河区住房和建设委员会", "区市场监督管理局", "人力资源和社会保障局", "发展和改革委员会", "城管委", "政务服务办"], 1
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("住建委", "宁河区住房和建设委员会"), ("市场监管局", "区市场监督管理局"), ("人社局", "人力资源和社会保障局"), ("发改委", "发展和改革委员会"),
        ("城管", "城管委"), ("区城管委", "城管委"), ("department:6", "政务服务办"), ("政务", "政务服务办"),
    ],
)  # fmt: skip
def test_a_department_is_found_by_what_people_call_it(typed: str, name: str) -> None:
    assert [department.name for department in named(KNOWN, typed)] == [name]


@pytest.mark.parametrize("typed", ["火星局", "委", "建住委", "教育局"])
def test_nothing_else_is_guessed(typed: str) -> None:
    assert all(typed in department.name for department in named(KNOWN, typed))


def test_a_shortened_name_adds_nothing_and_begins_alike() -> None:
    assert abbreviates("住建委", "住房建设委")
    assert not abbreviates("水务局", "市场监督管理局")
    assert not abbreviates("建委", "住房建设委")
