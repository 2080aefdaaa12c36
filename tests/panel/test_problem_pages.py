"""The problem list in the panel: listed, evidence, signature, spot check (BH 2(3)2, C12)."""

import re
from dataclasses import replace

import pytest
from sqlmodel import select

from app.districts.loader import load_profile
from app.tickets.problem_models import ProblemEvidence, ProblemItem, SpotCheckItem

JPEG = b"\xff\xd8\xffnot much of a picture"


@pytest.fixture
def hub(office, tmp_path):
    """The hub's clerk in a district that keeps a problem list."""
    rules = replace(office.deps.rules(None), profile=load_profile("binhai"))
    object.__setattr__(office.deps, "rules", lambda _session: rules)
    object.__setattr__(office.deps, "data_dir", tmp_path)
    return office.user("hub")


def rows(office, table):
    with office.db.reading() as session:
        return list(session.exec(select(table)))


def listed(hub):
    fields = {"title": "路口破损半年没有修", "department": "住建委", "owner_name": "示例甲"}
    return hub.post("/admin/problems", **fields).headers["location"].partition("?")[0]


def hand_in(hub, place, **files):
    data = {"csrf_token": hub.csrf_token, "note": "已经修好"}
    return hub.client.post(f"{place}/do/evidence", data=data, files=files)


def test_from_the_list_to_the_spot_check(office, hub):
    place = listed(hub)
    hub.post(f"{place}/do/submit", 409)
    assert hand_in(hub, place, file=("修好.jpg", JPEG)).status_code == 303
    kept = rows(office, ProblemEvidence)[0]
    file = hub.get(f"{place}/evidence/{kept.id}")
    assert file.content == JPEG and "attachment" in file.headers["content-disposition"]
    hub.post(f"{place}/do/submit")
    hub.post(f"{place}/do/sign", 409, head="示例甲", post="局长")
    hub.post(f"{place}/do/sign", head="示例乙", post="局长")
    assert "示例乙（局长）" in hub.get(place).text
    hub.post("/admin/problems/checks", check_name="十一月抽查", seed="7", size="1")
    drawn = rows(office, SpotCheckItem)[0]
    hub.post(f"/admin/problems/checks/{drawn.id}", outcome="passed", note="现场看过")
    assert rows(office, ProblemItem)[0].status == "verified"
    assert "已核实销号" in hub.get("/admin/problems").text


def test_a_refused_spot_check_comes_back_to_its_row(office, hub):
    """不合格 without a word of what was seen: the sentence stands beside that field, the list stays on screen."""
    place = listed(hub)
    hand_in(hub, place)
    hub.post(f"{place}/do/submit")
    hub.post(f"{place}/do/sign", head="示例乙", post="局长")
    hub.post("/admin/problems/checks", check_name="十一月抽查", seed="7", size="1")
    row = rows(office, SpotCheckItem)[0]
    for outcome, note, field in (("failed", " ", "note"), ("", "看过", "outcome")):
        page = hub.post(f"/admin/problems/checks/{row.id}", 422, outcome=outcome, note=note).text
        wrong = re.findall(r'<(?:input|select)[^>]*aria-invalid="true"[^>]*>', page)
        assert len(wrong) == 1 and f'id="{field}-{row.id}"' in wrong[0] and " autofocus" in wrong[0]
    assert rows(office, ProblemItem)[0].status == "signed"


def test_a_program_is_no_evidence(office, hub):
    place = listed(hub)
    page = hand_in(hub, place, file=("修好.jpg", b"MZ\x90")).text
    assert "佐证材料请用照片" in page and "\n已经修好</textarea>" in page
    assert rows(office, ProblemEvidence) == []


def test_an_auditor_reads_the_list_and_changes_nothing(office, hub):
    place = listed(hub)
    auditor = office.user("auditor")
    assert "/do/" not in auditor.get(place).text
    auditor.post(f"{place}/do/submit", 403)
    auditor.post("/admin/problems", 403, title="x")


def test_a_district_without_a_problem_list_says_so(office):
    page = office.user("hub").get("/admin/problems").text
    assert "没有启用问题清单" in page and 'method="post" action="/admin/problems"' not in page
