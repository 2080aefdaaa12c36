"""`.env` keeps everything that setup was not asked to change."""

from pathlib import Path

import pytest

from app.cli.envfile import read_values, write_values
from app.errors import AppError

BEFORE = """# 本区配置
QIYING_DISTRICT=ninghe   # 宁河

# QIYING_WECHAT_TOKEN=old
export QIYING_PUBLIC_URL="https://qy.example"
OTHER='a b'
"""


def test_single_values_change_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(BEFORE)
    file.chmod(0o644)
    changed = write_values(
        file, {"QIYING_DISTRICT": "binhai", "QIYING_PUBLIC_URL": "https://qy.example", "QIYING_NEW": "1"}
    )
    assert changed == ["QIYING_DISTRICT", "QIYING_NEW"]
    assert file.read_text() == BEFORE.replace("QIYING_DISTRICT=ninghe   # 宁河", "QIYING_DISTRICT=binhai") + (
        "QIYING_NEW=1\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600


def test_values_are_read_as_the_program_reads_them(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("\ufeff" + BEFORE + "QIYING_DISTRICT=dongli\n")
    assert read_values(file) == {
        "QIYING_DISTRICT": "dongli", "QIYING_PUBLIC_URL": "https://qy.example", "OTHER": "a b"
    }  # fmt: skip


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    """The installed release's `.env` is a link to the settings of the machine."""
    real = tmp_path / "qiying.env"
    real.write_text("A=1\n")
    link = tmp_path / ".env"
    link.symlink_to(real)
    write_values(link, {"A": "2"})
    assert link.is_symlink()
    assert real.read_text() == "A=2\n"


def test_a_folder_of_somebody_elses_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/etc/qiying` is root's, the settings in it are the service account's."""
    file = tmp_path / "qiying.env"
    file.write_text("# Ton\nA=1\n")

    def refuse(path: Path, *_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    write_values(file, {"A": "2"})
    assert file.read_text() == "# Ton\nA=2\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["a b", "a\nQIYING_DEMO=1", "a#b", "a'b", "$HOME"])
def test_a_value_that_two_readers_would_read_differently_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(AppError, match="QIYING_DISTRICT"):
        write_values(tmp_path / ".env", {"QIYING_DISTRICT": value})
    assert not (tmp_path / ".env").exists()
