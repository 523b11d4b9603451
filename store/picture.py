"""The schema as a page: a Mermaid picture of tables and foreign keys, then each table with its columns and comments."""

from collections.abc import Iterable
from typing import Any

import psycopg

from store.sql import query

_HEAD = """# Tables

Made from a fresh database by `huangyu db picture`; do not edit by hand. Times are UTC; units stand in square brackets.

"""


def page(connection: psycopg.Connection[Any]) -> str:
    """Return the Markdown page of the connected database's schema."""
    columns = connection.execute(query("engine/columns")).fetchall()
    keys = connection.execute(query("engine/foreign_keys")).fetchall()
    return _HEAD + _picture(columns, keys) + "".join(_tables(columns))


def _picture(columns: Iterable[tuple[Any, ...]], keys: Iterable[tuple[Any, ...]]) -> str:
    lines = ["```mermaid", "erDiagram"]
    lines += [f"  {parent} ||--o{{ {child} : {name}" for child, parent, name in keys]
    current = ""
    for table, _, column, kind, mark, _ in columns:
        if table != current:
            lines += ["  }"] if current else []
            lines.append(f"  {table} {{")
            current = table
        if mark:
            lines.append(f"    {kind.replace(' ', '_').replace('[]', '_array')} {column} {mark}")
    return "\n".join([*lines, "  }", "```", ""])


def _tables(columns: Iterable[tuple[Any, ...]]) -> Iterable[str]:
    current = ""
    for table, about, column, kind, mark, comment in columns:
        if table != current:
            current = table
            yield f"\n## {table}\n\n{_cell(about)}\n\n| column | type | key | what it is |\n| --- | --- | --- | --- |\n"
        yield f"| {column} | {kind} | {mark} | {_cell(comment)} |\n"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
