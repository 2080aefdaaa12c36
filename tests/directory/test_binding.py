"""Who speaks for which enterprise, and one-time codes for staff (design: identity; case 55)."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.directory import binding, lookup
from app.directory.models import Contact, Coordinator, Invitation
from app.errors import AppError, Conflict, Forbidden, NotFound

HEAD = ["统一社会信用代码", "名称", "类型", "片区"]


@pytest.fixture
def town(office, credit_code):
    office.settle()
    rows = [[credit_code(n), f"第{n}号食品厂", "企业", "lt"] for n in (1, 2)]
    office.take("enterprises", [HEAD, *rows])
    return office


def bind(town, now, number: int = 1, openid: str = "oA") -> int:
    with town.db.transaction() as session:
        return binding.bind_contact(session, openid, town.enterprise(number).id, now).id


def invite(town, now, staff_no: str = "W1") -> str:
    with town.db.transaction() as session:
        return binding.invite_officer(session, staff_no, now)


def redeem(town, code: str, now, openid: str = "oW"):
    """As the chat does: a refusal is caught inside the transaction, which commits."""
    with town.db.transaction() as session:
        try:
            return binding.redeem(session, code, openid, now)
        except AppError as refusal:
            return refusal.message


def test_binding_again_is_no_second_contact(town, now) -> None:
    assert bind(town, now) == bind(town, now)
    assert town.count(Contact) == 1


def test_bookkeeper_speaks_for_one_at_a_time(town, now) -> None:
    bind(town, now, 1)
    bind(town, now, 2)

    def current(session) -> int:
        return binding.current_contact(session, "oA").enterprise_id

    with town.db.transaction() as session:
        assert current(session) == town.enterprise(2).id
        binding.switch_contact(session, "oA", town.enterprise(1).id)
        assert current(session) == town.enterprise(1).id
        binding.unbind_contact(session, "oA", now)
        assert current(session) == town.enterprise(2).id


def test_switching_to_a_foreign_enterprise_is_refused(town, now) -> None:
    bind(town, now, 1)
    with town.db.transaction() as session, pytest.raises(NotFound):
        binding.switch_contact(session, "oA", town.enterprise(2).id)


def test_contact_is_unverified_until_the_own_officer_confirms(town, now) -> None:
    """Credit codes are public: knowing one proves nothing."""
    contact_id = bind(town, now)
    with town.db.transaction() as session:
        assert session.get(Contact, contact_id).verified_at is None
        with pytest.raises(Forbidden):
            binding.verify_contact(session, contact_id, town.officer("W2"), now)
        binding.verify_contact(session, contact_id, town.officer("W1"), now)
        assert session.get(Contact, contact_id).verified_by == "W1"
        with pytest.raises(Conflict):
            binding.verify_contact(session, contact_id, town.officer("W1"), now)
        with pytest.raises(NotFound):
            binding.verify_contact(session, 999, town.officer("W1"), now)


def test_stand_in_may_confirm_while_the_officer_is_away(town, now) -> None:
    contact_id = bind(town, now)
    with town.db.transaction() as session:
        officer = session.merge(town.officer("W1"))
        officer.away_from, officer.stand_in_id = now.date(), town.officer("W2").id
    with town.db.transaction() as session:
        binding.verify_contact(session, contact_id, town.officer("W2"), now)


def test_leaving_unlinks_and_forgets_the_person(town, now) -> None:
    """Unsubscribing ends contacts and empties name and phone (PIPL 47)."""
    bind(town, now, 1)
    bind(town, now, 2)
    with town.db.transaction() as session:
        binding.save_contact(session, "oA", "赵某", "13900001111")
        assert binding.end_contacts(session, "oA", now) == 2
    with town.db.reading() as session:
        rows = session.exec(select(Contact)).all()
        assert {(row.name, row.phone, row.is_current) for row in rows} == {("", "", False)}
        assert binding.current_contact(session, "oA") is None


def test_code_binds_once(town, now) -> None:
    """Case 55: second use is refused."""
    code = invite(town, now)
    assert redeem(town, code, now).staff_no == "W1"
    assert town.officer("W1").openid == "oW"
    assert "已用过" in redeem(town, code, now, "oOther")
    assert town.officer("W1").openid == "oW"


def test_code_expires(town, now) -> None:
    code = invite(town, now)
    assert "过期" in redeem(town, code, now + timedelta(hours=72))
    assert redeem(town, invite(town, now), now + timedelta(hours=71)).staff_no == "W1"


def test_new_code_ends_the_former(town, now) -> None:
    former, other = invite(town, now), invite(town, now, "W2")
    code = invite(town, now)
    assert isinstance(redeem(town, former, now), str)
    assert redeem(town, code, now).staff_no == "W1"
    assert redeem(town, other, now, "oX").staff_no == "W2"


def test_guessing_ends_after_five(town, now) -> None:
    """Eight digits must not be tried out; the sixth guess is refused even if it is right."""
    code = invite(town, now)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(5):
        assert "不对" in redeem(town, wrong, now, "oThief")
    assert "太多" in redeem(town, code, now, "oThief")
    assert redeem(town, code, now, "oW").staff_no == "W1"
    later = now + timedelta(hours=1)
    assert "不对" in redeem(town, wrong, later, "oThief")


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "1234 567"])
def test_what_is_no_code_is_not_even_counted(town, now, text: str) -> None:
    for _ in range(9):
        assert "8 位" in redeem(town, text, now)


def test_only_a_slow_hash_is_stored(town, now) -> None:
    code = invite(town, now)
    assert code.isdigit() and len(code) == 8
    with town.db.reading() as session:
        row = session.exec(select(Invitation)).one()
    assert code not in str(row.model_dump())


def test_officer_who_was_switched_off_cannot_bind(town, now) -> None:
    code = invite(town, now)
    with town.db.transaction() as session:
        session.merge(town.officer("W1")).is_active = False
    assert "停用" in redeem(town, code, now)
    with town.db.transaction() as session, pytest.raises(NotFound):
        binding.invite_officer(session, "W1", now)


def test_new_phone_replaces_the_old_and_one_phone_is_one_member_of_staff(town, now) -> None:
    redeem(town, invite(town, now), now, "oOld")
    redeem(town, invite(town, now), now, "oNew")
    assert town.officer("W1").openid == "oNew"
    redeem(town, invite(town, now, "W2"), now, "oNew")
    assert (town.officer("W1").openid, town.officer("W2").openid) == (None, "oNew")


def test_coordinators_bind_too(town, now) -> None:
    town.take("departments", [["部门", "协调专员"], ["住建委", "李专员"]])
    with town.db.transaction() as session:
        coordinator = session.exec(select(Coordinator)).one()
        code = binding.invite_coordinator(session, coordinator.id, now)
    assert redeem(town, code, now).name == "李专员"


def test_staff_on_duty_are_those_who_see_the_officers_menu(town, now) -> None:
    redeem(town, invite(town, now), now, "oW1")
    redeem(town, invite(town, now, "W2"), now, "oW2")
    with town.db.transaction() as session:
        session.merge(town.officer("W2")).is_active = False
    with town.db.reading() as session:
        assert lookup.staff_openids(session) == {"oW1"}
