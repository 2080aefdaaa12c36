"""The handbook's folder as it was in a git revision, in a temporary place."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError

MAX_ARCHIVE_BYTES = 100 * 1024 * 1024


@contextmanager
def kb_at(revision: str, kb_dir: Path) -> Iterator[Path]:
    """A folder with kb as of `revision`; gone afterwards. Raises AppError with what to do."""
    git = shutil.which("git")
    if git is None:
        raise AppError("这台机器没有 git：对比旧版本要在有 git 的机器上做")
    if revision.startswith("-"):
        raise AppError(f"版本号不对：{revision}")
    folder = kb_dir.resolve()
    if not folder.is_dir():
        raise AppError(f"没有文件夹 {kb_dir}")
    root = Path(
        _run(git, folder, "rev-parse", "--show-toplevel", fault=f"{kb_dir} 不在 git 仓库里").decode().strip()
    )
    _run(
        git,
        root,
        "rev-parse",
        "--verify",
        "--quiet",
        f"{revision}^{{commit}}",
        fault=f"没有版本 {revision}：用 git log 看看",
    )
    path = folder.relative_to(root.resolve()).as_posix()
    archive = _run(
        git, root, "archive", "--format=tar", revision, "--", path, fault=f"版本 {revision} 里没有 {path}"
    )
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise AppError(f"版本 {revision} 的 {path} 太大")
    with tempfile.TemporaryDirectory(prefix="qiying-diff-") as name:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(name, filter="data")
        yield Path(name) / path


def _run(git: str, folder: Path, *arguments: str, fault: str) -> bytes:
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603 - fixed program, no shell
    if done.returncode != 0:
        raise AppError(fault)
    return done.stdout
