"""What a database has otherwise than the models, in words for the operator.

A right version number does not prove it: an upgrade was cut short, a table was dropped by hand, an old
release was run over a newer file.
"""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Index, inspect
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.errors import AppError
from app.tables import metadata

MOST_NAMED = 8
RESTORE = (
    "请停机，把现在的库移走（不要删），执行 qiying db restore 最近的备份；"
    "没有备份就保留原库，联系维护人员。演示数据可以整个文件夹移走，会重新生成"
)
ADD_INDEXES = "数据没有少，只是会慢：请执行 qiying db upgrade 补上"


def differences(db: Database) -> list[Any]:
    """Alembic's comparison with the models (about 0.3 s); empty when they agree."""
    with db.write_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def faults(db: Database) -> list[str]:
    """Every difference that matters, named, each kind with what to do. Further tables and indexes may be there."""
    found = list(_differing(differences(db)))
    indexes = [name for name, is_index in found if is_index]
    others = [name for name, is_index in found if not is_index]
    told = []
    if others:
        told.append(f"表结构和程序对不上：{_listed(others)}。{RESTORE}")
    if indexes:
        told.append(f"{_listed(indexes)}。{ADD_INDEXES}")
    return told


def demand_whole(db: Database) -> None:
    """Raise AppError where a table or column is missing: quick enough for every start (about 20 ms)."""
    missing = _missing(db)
    if missing:
        raise AppError(f"表结构不完整，不能启动：{_listed(missing)}。{RESTORE}")


def add_indexes(db: Database) -> list[str]:
    """Make the indexes that are missing on tables that are there; their names.

    Raises AppError where rows break a unique one.
    """
    added = [item[1] for item in differences(db) if item[0] == "add_index"]
    known = inspect(db.write_engine).get_table_names()
    with db.write_engine.begin() as connection:
        mended = [index for index in added if index.table is not None and index.table.name in known]
        for index in mended:
            try:
                index.create(connection)
            except IntegrityError:
                raise AppError(f"有重复的行，补不上索引 {index.name}：请联系维护人员") from None
    return [str(index.name) for index in mended]


def _missing(db: Database) -> list[str]:
    columns = {
        name: {column["name"] for column in rows}
        for (_schema, name), rows in inspect(db.read_engine).get_multi_columns().items()
    }
    missing = []
    for table in metadata.sorted_tables:
        if table.name not in columns:
            missing.append(f"缺表 {table.name}")
            continue
        absent = [name for name in table.columns.keys() if name not in columns[table.name]]  # noqa: SIM118
        missing += [f"表 {table.name} 缺列 {name}" for name in absent]
    return missing


def _differing(items: list[Any]) -> Iterator[tuple[str, bool]]:
    """The name of each difference and whether it is an index; what goes with a missing table is not repeated."""
    absent = {item[1].name for item in items if item[0] == "add_table"}
    for item in items:
        if isinstance(item, list):  # changes of one column
            yield f"表 {item[0][2]} 的列 {item[0][3]} 类型或要求不同", False
            continue
        match item:
            case ("add_table", table):
                yield f"缺表 {table.name}", False
            case ("add_column", _, table_name, column):
                yield f"表 {table_name} 缺列 {column.name}", False
            case ("remove_column", _, table_name, column):
                yield f"表 {table_name} 多出列 {column.name}", False
            case ("add_index", Index() as index) if (
                index.table is not None and index.table.name not in absent
            ):
                yield f"表 {index.table.name} 缺索引 {index.name}", True
            case ("add_constraint" | "add_fk", rule) if rule.table.name not in absent:
                yield f"表 {rule.table.name} 缺约束 {rule.name}", False


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return "、".join(names[:MOST_NAMED]) + (f" 等 {len(names)} 处" if more > 0 else "")
