"""The plan over the directory: the unserved only, balanced, each assignment saying which rule made it (A3, A8)."""

from sqlmodel import col, select

from app.directory.models import Assignment, Enterprise, Officer
from app.tickets import routing


def test_the_unserved_get_an_officer_by_rule(make_desk, cast) -> None:
    desk = make_desk("tpftz")
    with desk.database.transaction() as session:
        for number in (10, 11):
            session.add(Officer(id=number, staff_no=f"0{number}", name=f"财政{number}", unit="财政局"))
        for number in range(4, 8):
            session.add(
                Enterprise(
                    id=number,
                    credit_code=f"9112000000000000{number:02d}",
                    name=f"测试{number}号",
                    kind="企业",
                    industry="金融业",
                    status="注销" if number == 7 else "正常",
                    updated_at=desk.now,
                )
            )
    with desk.database.reading() as session:
        plans = routing.plan_routing(session, desk.rules.profile)
        before = len(session.exec(select(Assignment)).all())
    assert [(plan.enterprise_id, plan.choice.officer_id if plan.choice else None) for plan in plans] == [
        (3, None),
        (4, 10),
        (5, 11),
        (6, 10),
    ], "3 shares an area with several officers; 7 is gone; 1 and 2 are served"
    with desk.database.transaction() as session:
        routing.apply_routing(session, desk.rules.profile, by=cast.hub, now=desk.now)
    with desk.database.reading() as session:
        rows = session.exec(select(Assignment).where(col(Assignment.enterprise_id) > 3)).all()
        assert len(session.exec(select(Assignment)).all()) == before + 3
    assert {(row.rule, row.reason) for row in rows} == {("行业主管部门", "财政局")}
    with desk.database.transaction() as session:
        again = routing.apply_routing(session, desk.rules.profile, by=cast.hub, now=desk.now)
    assert [plan.enterprise_id for plan in again] == [3]
