"""After an import every officer hears once what changed among the own enterprises (A4)."""

from sqlmodel import Session, select

from app.directory.changes import ASSIGNED, ENTERPRISES, Author, line, write
from app.directory.models import Assignment, Enterprise, ImportRun, Officer
from app.outbox.models import OutboxMessage
from app.tickets import roster_news


def fill(session: Session, now) -> int:
    """王 serves a new, a changed and a taken-over enterprise, 李 loses that one, 赵 is not bound."""
    people = [
        Officer(staff_no="T1", name="王服务", openid="oWang"),
        Officer(staff_no="T2", name="李服务", openid="oLi"),
        Officer(staff_no="T3", name="赵服务"),
    ]
    session.add_all(people)
    run = ImportRun(kind=ENTERPRISES, at=now, actor="cli", source="名单.csv")
    session.add(run)
    session.flush()
    by = Author("cli", now, run.id)
    rows = []
    for number, (action, officer, before, after) in enumerate(
        [
            ("added", people[0], {}, {"status": "正常"}),
            ("changed", people[0], {"address": "旧"}, {"address": "新"}),
            (ASSIGNED, people[0], {"officer": "T2"}, {"officer": "T1"}),
            ("added", people[2], {}, {}),
        ]
    ):
        code = f"9112022100000000{number}X"
        enterprise = Enterprise(credit_code=code, name=f"测试{number}号店", kind="企业", updated_at=now)
        session.add(enterprise)
        session.flush()
        session.add(Assignment(enterprise_id=enterprise.id, officer_id=officer.id, since=now))
        rows.append(line(by, ENTERPRISES, code, enterprise.name, action, before=before, after=after))
    write(session, rows)
    return run.id


def test_each_is_told_what_is_the_own_once(office, now) -> None:
    with office.db.transaction() as session:
        run_id = fill(session, now)
        assert roster_news.tell_officers(session, run_id, now) == 2
        roster_news.tell_officers(session, run_id, now)
    with office.db.reading() as session:
        said = {
            row.openid: "".join(str(part) for part in row.reply)
            for row in session.exec(select(OutboxMessage))
        }
    assert "新增 2 户、变更 1 户" in said["oWang"]
    assert "新增：测试0号店、测试2号店" in said["oWang"]
    assert "移出：测试2号店" in said["oLi"]
    assert set(said) == {"oWang", "oLi"}
