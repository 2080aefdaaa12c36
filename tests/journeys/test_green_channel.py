"""Beichen's green channel over the wire (C6): a key enterprise's matter goes straight to the district's conference."""

import re

import pytest

from app.directory.models import Enterprise


@pytest.fixture
def district() -> str:
    return "beichen"


def test_straight_to_the_conference_and_the_enterprise_is_told(town, bound, ignorant):
    """复杂诉求直达区级会商: past the departments' rung, by one command of the officer, with a reason."""

    def mark(session):
        session.get_one(Enterprise, 1).is_green_channel = True

    number = re.search(r"\d{8}-\d{4}", bound.send_text("扩产要连片用地，牵涉三个部门").text)[0]
    officer = town.phone("oOfficerWang")
    refused = officer.send_text(f"上报 {number} 绿色通道 牵涉三个部门").text
    assert "已上报" not in refused and town.tickets()[0].step == "local"
    town.in_session(mark)
    assert "已上报" in officer.send_text(f"上报 {number} 绿色通道 牵涉三个部门").text
    town.work()
    ticket = town.tickets()[0]
    assert (ticket.step, ticket.is_green) == ("conference", True)
    assert any("启动绿色通道" in line.text and "区级会商" in line.text for line in bound.inbox)
