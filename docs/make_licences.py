"""Write docs/licences.md from what is installed: every pinned package, its licence, and why it is here.

Run by `make licences`. A direct dependency without a reason is an error: then it may not be needed.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHY = {
    "alembic": "表结构升级",
    "argon2-cffi": "后台口令的散列",
    "cryptography": "微信消息加解密、HTTPS",
    "faiss-cpu": "手册按意思检索的向量索引",
    "fastapi": "网页和接口",
    "httptools": "更快地解析 HTTP",
    "jieba": "中文分词",
    "jinja2": "后台和手机页面的模板",
    "markdown-it-py": "手册条目转成网页",
    "nh3": "网页内容按白名单过滤",
    "numpy": "检索的数值计算",
    "opencc": "繁体转简体",
    "openpyxl": "读写 XLSX 名册和报表",
    "psycopg": "连接 PostgreSQL",
    "pydantic-settings": "读设置、查错",
    "pyotp": "后台的动态口令",
    "pypinyin": "同音错别字的检索",
    "python-docx": "手册的 Word 导入导出",
    "python-multipart": "后台和手机页面的文件上传",
    "python-stdnum": "统一社会信用代码的校验",
    "pyyaml": "手册条目的文件头",
    "requests": "调用微信接口和回传",
    "scikit-learn": "检索打分的校准",
    "scipy": "检索的稀疏矩阵",
    "segno": "生成二维码",
    "sentence-transformers": "语义模型（可换用其他模型）",
    "sqlalchemy": "数据库",
    "sqlmodel": "数据表的定义",
    "threadpoolctl": "限制数值计算占用的核数",
    "torch": "运行语义模型",
    "typer": "命令行",
    "tzdata": "时区数据",
    "uvicorn": "网页服务进程",
    "wechatpy": "微信协议（只在 app/wechat 里用）",
    "xmltodict": "解析微信的 XML",
    "axe-playwright-python": "测试：页面的无障碍（自带 axe-core，MPL-2.0）",
    "babel": "编译命令行的中文提示",
    "bm25s": "测试：检索速度的对照",
    "chinesecalendar": "测试：工作日历的对照",
    "httpx2": "测试：网页接口",
    "hypothesis": "测试：随机输入",
    "import-linter": "检查谁可以引用谁",
    "jsonschema": "测试：接口的文档与实际一致",
    "mypy": "类型检查",
    "pillow": "把文档里的截图压小",
    "playwright": "测试：真实浏览器",
    "pytest": "测试",
    "pytest-rerunfailures": "测试：浏览器测试再试一次",
    "pytest-timeout": "测试：限时",
    "pytest-xdist": "测试：并行",
    "ruff": "代码风格",
    "types-pyyaml": "类型检查用的声明",
    "types-requests": "类型检查用的声明",
}
# Where the package's own metadata names no licence; read in its files.
KNOWN: dict[str, str] = {"axe-playwright-python": "MIT"}
HEAD = """# 依赖和许可证

由 `make licences` 生成，不要手改。版本钉在 `requirements.lock` 和 `requirements-dev.lock` 里。
本项目自己的许可证是 MIT（[LICENSE](../LICENSE)）。

"""


def main() -> None:
    """Write the file; exit 1 naming what has no reason or no licence."""
    pinned = {**_pinned("requirements.lock"), **_pinned("requirements-dev.lock")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = {_name(line) for line in project["dependencies"]}
    tools = {_name(line) for line in project["optional-dependencies"]["dev"]}
    missing = sorted((direct | tools) - WHY.keys())
    unused = sorted(WHY.keys() - direct - tools)
    if missing or unused:
        sys.exit(f"docs/make_licences.py: no reason for {missing}; not a dependency any more: {unused}")
    parts = [
        HEAD,
        "## 直接依赖\n\n",
        _table(pinned, direct),
        "\n## 只在开发和测试时用\n\n",
        _table(pinned, tools),
    ]
    parts += ["\n## 间接依赖\n\n", _others(pinned, direct | tools)]
    (ROOT / "docs/licences.md").write_text("".join(parts), encoding="utf-8")


def _pinned(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().split()
    return {_name(line): line.partition("==")[2] for line in lines}


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""


def _table(pinned: dict[str, str], names: set[str]) -> str:
    rows = [f"| {name} | {pinned[name]} | {_licence(name)} | {WHY[name]} |\n" for name in sorted(names)]
    return "| 名称 | 版本 | 许可证 | 用来做什么 |\n|---|---|---|---|\n" + "".join(rows)


def _others(pinned: dict[str, str], direct: set[str]) -> str:
    users = _users(pinned)
    rows = [
        f"| {name} | {version} | {_licence(name)} | {'、'.join(sorted(users.get(name, ()))) or '—'} |\n"
        for name, version in sorted(pinned.items())
        if name not in direct
    ]
    return "| 名称 | 版本 | 许可证 | 谁要用 |\n|---|---|---|---|\n" + "".join(rows)


def _users(pinned: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in pinned:
        for needed in _needs(name):
            found.setdefault(needed, set()).add(name)
    return found


def _needs(name: str) -> Iterator[str]:
    try:
        wanted = requires(name) or []
    except PackageNotFoundError:
        return
    yield from (_name(line) for line in wanted if "extra ==" not in line)


def _licence(name: str) -> str:
    """The SPDX expression, else the classifiers, else a short licence field."""
    if name in KNOWN:
        return KNOWN[name]
    try:
        found: Distribution = distribution(name)
    except PackageNotFoundError:
        return "未安装"
    fields = found.metadata
    expression = fields.get("License-Expression")
    if expression:
        return str(expression)
    marks = [
        line.split(" :: ")[-1] for line in fields.get_all("Classifier", []) if line.startswith("License ::")
    ]
    if marks:
        return "、".join(marks)
    text = str(fields.get("License") or "").strip()
    return text if 0 < len(text) <= 60 and "\n" not in text else "见软件包"


if __name__ == "__main__":
    main()
