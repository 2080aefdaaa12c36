"""The rules of the house, as tests: what a reviewer would otherwise have to look for."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import log
from app.db import Database
from app.districts.loader import load_profile
from app.migrations import runner
from app.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "bot", "handbook")
LONGEST_FILE = 350
LONGEST_FUNCTION = 60
# Where a transaction may be opened (design §3): doors, the worker's steps, the demo's seed.
OPENERS = (
    "app/api/exchange/",
    "app/api/router.py",
    "app/api/webhooks/delivering.py",
    "app/bench/",
    "app/cli/",
    "app/conversations/",
    "app/demo/",
    "app/duties.py",
    "app/fetching.py",
    "app/health.py",
    "app/limits/addresses.py",
    "app/outbox/delivery.py",
    "app/panel/",
    "app/phone/",
    "app/privacy/retention.py",
    "app/webhook/account.py",
    "app/wechat/tokens.py",
    "app/worker.py",
)
DISTRICTS = ("dongli", "beichen", "tpftz", "ninghe", "binhai")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_init_files_are_empty() -> None:
    """A re-export there would load heavy packages behind the import contracts' back."""
    full = [relative(path) for package in PACKAGES for path in (ROOT / package).rglob("__init__.py")]
    assert [name for name in full if (ROOT / name).read_text().strip()] == []


def test_the_dialogue_loads_no_framework_and_no_model() -> None:
    heavy = ("torch", "faiss", "fastapi", "sqlmodel", "sqlalchemy", "wechatpy", "sentence_transformers")
    loaded = run_python("import sys, bot.respond; print(' '.join(sys.modules))").split()
    assert [name for name in heavy if name in loaded] == []


@pytest.mark.parametrize("arguments", [["--help"], ["kb", "--help"], ["db", "--help"]])
def test_help_does_not_load_the_encoder(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['qiying', *{arguments!r}]\n"
        "from app.cli.main import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', 'torch' in sys.modules, 'faiss' in sys.modules)"
    )
    assert "LOADED False False" in run_python(code)


def test_checking_the_handbook_does_not_load_the_encoder() -> None:
    code = (
        "import sys; sys.argv = ['qiying', 'kb', 'check']\n"
        "from app.cli.main import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', 'torch' in sys.modules, 'faiss' in sys.modules)"
    )
    assert "LOADED False False" in run_python(code)


def test_files_stay_short() -> None:
    long = {
        relative(path): n for path in modules() if (n := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_functions_stay_short() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{relative(path)}:{node.name}"] = length
    assert long == {}


def test_only_doors_and_the_worker_open_transactions() -> None:
    """Services never commit: a status, its event and its messages are one transaction."""
    found = [relative(path) for path in modules() if ".transaction() as" in path.read_text()]
    assert [name for name in found if not name.startswith(OPENERS)] == []


def test_log_events_and_their_catalogue_agree() -> None:
    used = set()
    for path in modules():
        used |= set(re.findall(r"log\.(?:event|error)\(\s*\"(\w+)\"", path.read_text()))
    assert used - log.EVENTS == set()
    assert log.EVENTS - used == set()


def test_migrations_are_numbered_and_give_the_models_schema(tmp_path: Path) -> None:
    names = sorted(path.name for path in (ROOT / "app/migrations/versions").glob("*.py"))
    names = [name for name in names if name != "__init__.py"]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)
    db = Database(f"sqlite:///{tmp_path}/t.db")
    before, after = runner.upgrade(db)
    assert (before, after) == (None, runner.head())
    assert runner.differences(db) == []
    assert runner.upgrade(db) == (after, after)


@pytest.mark.parametrize("district", DISTRICTS)
def test_every_shipped_profile_loads(district: str) -> None:
    assert load_profile(district).key == district


def test_no_district_is_named_in_code() -> None:
    """Five districts differ in data only; a deny-list of guessable passwords may know their names."""
    names = re.compile(r"[\"'](dongli|beichen|tpftz|binhai)[\"']|宁河|北辰|东丽|滨海|天津港")
    own_names = ("passwords.py", "setup.py", "callbacks.py")
    places = [path for path in modules() if path.name not in own_names and "demo" not in path.parts]
    found = [relative(path) for path in places if names.search(path.read_text())]
    assert found == []


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_every_setting_is_documented(document: str) -> None:
    text = (ROOT / document).read_text()
    missing = [f"QIYING_{name.upper()}" for name in Settings.model_fields if f"_{name.upper()}" not in text]
    assert missing == []


def test_every_make_target_is_explained() -> None:
    targets = re.findall(r"^([a-z-]+):(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [name for name, rest in targets if "## " not in rest and name not in ("setup-dev",)] == []


def test_secrets_do_not_show_in_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIYING_WECHAT_APP_SECRET", "canary-secret")
    assert "canary-secret" not in repr(Settings.load())
