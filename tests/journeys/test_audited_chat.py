"""What officers do in the chat stands in the audit trail, chained like everything else."""

from sqlmodel import select

from app.audit import AuditRow
from app.trail.verify import verify


def test_an_officers_step_in_the_chat_is_on_the_chain(town, bound):
    """E7, PIPL 51: several messages may share one transaction; each one's rows are still sealed."""
    assert "已确认" in town.phone("oOfficerWang").send_text("确认绑定 1").text
    with town.runtime.db.reading() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.action == "contact.verify")).all()
        assert [row.position for row in rows] == [1]
        assert verify(session).fault == ""
