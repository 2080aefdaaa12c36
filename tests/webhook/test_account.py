"""The account's original id: configured, or the first one seen, kept for good (contract: ORIGINAL_ID)."""

import threading

import pytest

from app.webhook.account import KnownAccount
from app.wechat.crypto import Refused, check_account


@pytest.fixture
def database(tmp_path, blank_database):
    database = blank_database(tmp_path / "t.db")
    yield database
    database.close()


def test_the_first_one_seen_is_kept_across_restarts(database):
    assert KnownAccount(database)("gh_first") == "gh_first"
    assert KnownAccount(database)("gh_second") == "gh_first"


def test_the_configured_one_is_never_learned(database):
    assert KnownAccount(database, "gh_mine")("gh_other") == "gh_mine"
    assert KnownAccount(database)("gh_first") == "gh_first"


def test_parallel_first_messages_agree(database):
    accounts = [KnownAccount(database), KnownAccount(database)]
    answers = []
    threads = [
        threading.Thread(target=lambda a=account, n=name: answers.append(a(n)))
        for account, name in zip(accounts * 4, [f"gh_{n}" for n in range(8)], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1


def test_only_the_expected_account_passes():
    check_account("gh_mine", "gh_mine")
    check_account("gh_any", "")
    with pytest.raises(Refused):
        check_account("gh_other", "gh_mine")
