"""Roles, passwords and database of the embedded PostgreSQL."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

SUPERUSER = "huangyu_super"
OWNER = "huangyu_admin"
LOGINS = (OWNER, "huangyu_services", "huangyu_ingest", "huangyu_reader")
DATABASE = "huangyu"


def load_secrets(path: Path) -> dict[str, str]:
    """Return each role's password; those missing are made and the file (mode 600) is written anew as a whole."""
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [role for role in (SUPERUSER, *LOGINS) if role not in found]
    if missing:
        found |= {role: secrets.token_urlsafe(24) for role in missing}
        scratch = path.with_suffix(".new")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(found, file)
            file.flush()
            os.fsync(file.fileno())
        scratch.rename(path)
    return found


def ensure_database(superuser_dsn: str, passwords: Mapping[str, str]) -> None:
    """Make the login roles and the database where they are missing; safe after any interrupted start."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for role in LOGINS:
            _ensure_login(connection, role, passwords[role])
        found = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def _ensure_login(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    powers = sql.SQL("createrole createdb") if role == OWNER else sql.SQL("nocreaterole nocreatedb")
    connection.execute(
        sql.SQL("alter role {} login {} password {}").format(sql.Identifier(role), powers, sql.Literal(password))
    )
