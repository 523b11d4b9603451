"""Who may come in: passwords, sessions, people, roles and scopes; synchronous, for the dashboard and the demo."""

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from core.errors import AppError
from store import totp
from store.scoped import Scope, ScopedPool
from store.sql import query

ROLES = ("farmer", "regulator", "technician", "administrator")
SCOPE_KINDS = ("farm", "district", "vessel")
MIN_PASSWORD = 10
"""NIST SP 800-63B-4 asks for 15 alone or 8 with a second factor; ten with lock-out is the farm's compromise."""
DEFAULT_API_LIFE_S = 90 * 86_400

_HASHER = PasswordHasher()
"""argon2id with the library's RFC 9106 low-memory profile."""
_DUMMY = _HASHER.hash(secrets.token_hex(16))
_SLOTS = threading.Semaphore(2)
"""argon2 takes 64 MiB and tens of ms a try: two at once keep the screens alive under a guessing attack."""


class SignInError(AppError):
    """The sign-in was refused: wrong name or password, or the account is locked for a while."""


class CodeNeededError(SignInError):
    """The password was right and the account asks for a one-time code too: enter the code that the phone shows."""


class PasswordError(AppError):
    """The new password is too short or is the sign-in name: choose a longer one."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What checking a password needs."""

    person_id: int
    password_hash: str | None
    locked_until: datetime | None
    active: bool
    must_change: bool


@dataclass(frozen=True, kw_only=True)
class Person:
    """The person of a live session."""

    person_id: int
    login: str
    name_zh: str
    locale: str
    must_change: bool
    roles: list[str]
    kind: str

    def has(self, *roles: str) -> bool:
        """Return whether the person has any of the roles."""
        return any(role in self.roles for role in roles)


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """One line of the administrator's list."""

    person_id: int
    login: str
    name_zh: str
    phone: str | None
    active: bool
    must_change: bool
    locked_until: datetime | None
    created_at: datetime
    oidc_subject: str | None
    roles: list[str]
    scopes: list[str]
    seen_at: datetime | None
    sessions: int


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """One of a person's own open sessions."""

    kind: str
    label: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str
    address: str


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One link of the audit trail."""

    audit_id: int
    at: datetime
    login: str
    action: str
    object: str
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """How long a session lasts and where it came from."""

    lasts_s: int
    idle_farmer_s: int
    idle_officer_s: int
    agent: str = ""
    address: str = ""


def hash_password(password: str) -> str:
    """Return the argon2id hash in PHC format."""
    with _SLOTS:
        return _HASHER.hash(password)


def check_password_rules(login: str, password: str) -> None:
    """Raise PasswordError unless the password may be used."""
    if len(password) < MIN_PASSWORD:
        raise PasswordError(f"密码至少 {MIN_PASSWORD} 个字符。The password needs at least {MIN_PASSWORD} characters.")
    if len(password) > 256:
        raise PasswordError("密码最长 256 个字符。The password may have at most 256 characters.")
    if login in password.lower() or len(set(password)) < 4:
        raise PasswordError("密码太容易猜到，请换一个。That password is too easy to guess: choose another.")


def sign_in(
    pool: ScopedPool, login: str, password: str, visit: Visit, *, tries: int, lock_s: int, code: str = ""
) -> str:
    """Return the token of a new web session; SignInError when refused, in the same words and time for any reason.

    CodeNeededError when name and password are right and a right one-time code is still missing; a wrong one counts
    like a wrong password.
    """
    login = login.strip().lower()
    with pool.scope("") as scope:
        found = scope.one(Credentials, "access/credentials", login=login)
    matches = _matches(found.password_hash if found else None, password)
    now = datetime.now(UTC)
    if found is not None and found.locked_until is not None and found.locked_until > now:
        raise SignInError(
            "密码多次错误，账号已暂时锁定，请稍后再试。Too many wrong passwords: the account is locked for a while."
        )
    if found is None or not matches or not found.active:
        with pool.scope("") as scope:
            scope.value("access/failed", login=login[:64], tries=tries, lock_s=lock_s)
        raise SignInError("用户名或密码不对。The name or the password is wrong.")
    _check_code(pool, found.person_id, code, tries=tries, lock_s=lock_s)
    return open_session(pool, found.person_id, visit)


def _check_code(pool: ScopedPool, person_id: int, code: str, *, tries: int, lock_s: int) -> None:
    """Raise CodeNeededError unless the account has no second factor or the code is right and was never used."""
    with pool.scope("") as scope:
        if scope.value("access/code", person_id=person_id, code=code, tries=tries, lock_s=lock_s):
            return
    raise CodeNeededError(
        "请再输入密码和手机上的动态口令。Enter the password again with the code that your phone shows."
    )


def set_second(scope: Scope, secret: str | None, *, code: str, person_id: int | None = None) -> bool:
    """Switch one-time codes on once the phone shows a right one, or off (`secret` None); return whether it was done."""
    if secret is not None and totp.step_of(secret, code, datetime.now(UTC)) is None:
        return False
    scope.value("access/second_set", secret=secret, person_id=person_id)
    return True


def _matches(password_hash: str | None, password: str) -> bool:
    with _SLOTS:
        try:
            return _HASHER.verify(password_hash or _DUMMY, password[:256]) and password_hash is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def open_session(pool: ScopedPool, person_id: int, visit: Visit) -> str:
    """Return the token of a new web session for a person whose identity was just proved."""
    token = new_token()
    with pool.scope("") as scope:
        # The roles decide how long it may stay unused; they become visible once the session is open.
        _open(scope, person_id, token, kind="web", lasts_s=visit.lasts_s, idle_s=visit.idle_officer_s, visit=visit)
    with pool.scope(token) as scope:
        person = scope.one(Person, "access/me")
        if person is not None and person.roles == ["farmer"]:
            scope.value("access/idle", idle_s=visit.idle_farmer_s)
    return token


def open_api_token(scope: Scope, person: Person, *, label: str, lasts_s: int = DEFAULT_API_LIFE_S) -> str:
    """Return a new bearer token for the person of this scope; it is shown once and kept only as a hash."""
    token = new_token()
    visit = Visit(lasts_s=lasts_s, idle_farmer_s=lasts_s, idle_officer_s=lasts_s)
    _open(scope, person.person_id, token, kind="api", lasts_s=lasts_s, idle_s=lasts_s, visit=visit, label=label)
    return token


def _open(
    scope: Scope, person_id: int, token: str, *, kind: str, lasts_s: int, idle_s: int, visit: Visit, label: str = ""
) -> None:
    scope.value(
        "access/open",
        person_id=person_id,
        token_sha256=hashlib.sha256(token.encode()).digest(),
        kind=kind,
        lasts_s=lasts_s,
        idle_s=idle_s,
        agent=visit.agent,
        address=visit.address,
        label=label,
    )


def new_token() -> str:
    """Return an opaque token of 256 random bits."""
    return secrets.token_urlsafe(32)


def whoami(pool: ScopedPool, token: str) -> Person | None:
    """Return the person of a live session, noting its use; None when it is over."""
    if not token or len(token) > 200:
        return None
    with pool.scope(token) as scope:
        return scope.one(Person, "access/me")


def is_live(pool: ScopedPool, token: str) -> bool:
    """Return whether a session is live, without noting a use: what a page asks by itself must not keep it awake."""
    if not token or len(token) > 200:
        return False
    with pool.scope(token) as scope:
        return bool(scope.value("access/live"))


def change_password(pool: ScopedPool, token: str, *, old: str, new: str) -> None:
    """Set the person's own password and close the other sessions; the old one is asked for again."""
    person = whoami(pool, token)
    if person is None:
        raise SignInError("请重新登录。Please sign in again.")
    check_password_rules(person.login, new)
    with pool.scope(token) as scope:
        found = scope.one(Credentials, "access/credentials", login=person.login)
    if found is None or not _matches(found.password_hash, old):
        raise SignInError("原密码不对。The old password is wrong.")
    with pool.scope(token) as scope:
        scope.value("access/password", password_hash=hash_password(new))


def ensure_person(
    dsn: str,
    *,
    login: str,
    password: str,
    name_zh: str,
    roles: Sequence[str],
    farms: Sequence[str] = (),
    districts: Sequence[str] = (),
    vessels: Sequence[int] = (),
    phone: str | None = None,
) -> int:
    """Make an account if it is not there, with its roles and scopes; an existing password is kept. Return person_id.

    `dsn` is the owner's (huangyu_admin): this is for set-up, not for screens.
    """
    scopes = [("farm", f) for f in farms] + [("district", d) for d in districts] + [("vessel", str(v)) for v in vessels]
    with psycopg.connect(dsn) as connection:
        known = connection.execute(query("access/credentials"), {"login": login}).fetchone()
        hashed = None if known else hash_password(password)
        row = connection.execute(
            query("access/ensure_person"),
            {"login": login, "name_zh": name_zh, "password_hash": hashed, "phone": phone},
        ).fetchone()
        if row is None:
            raise SignInError(f"The account {login} could not be made; check the migrations.")
        person_id = int(row[0])
        for role in roles:
            connection.execute(query("access/ensure_role"), {"person_id": person_id, "role": role})
        for kind, scope_id in scopes:
            connection.execute(query("access/ensure_scope"), {"person_id": person_id, "kind": kind, "id": scope_id})
    return person_id


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """One demo account as the demo prints it."""

    login: str
    password: str
    role: str
    name_zh: str


def ensure_demo_people(dsn: str, *, password: str, boats: Sequence[int] = ()) -> list[DemoAccount]:
    """Make the demo's accounts, all with one password that the caller chose; repeatable."""
    table = (
        ("farmer", "林海生", ("farmer",), ("dt01",), ()),
        ("farmer2", "陈阿洋", ("farmer",), ("dt02",), ()),
        ("officer", "值班员 周岚", ("regulator",), (), ("dongtou",)),
        ("tech", "技术员 吴工", ("technician",), (), ("dongtou",)),
        ("admin", "系统管理员", ("administrator",), (), ()),
    )
    for login, name, roles, farms, districts in table:
        own = boats if login == "farmer" else ()
        ensure_person(
            dsn,
            login=login,
            password=password,
            name_zh=name,
            roles=roles,
            farms=farms,
            districts=districts,
            vessels=own,
        )
    return [DemoAccount(login=row[0], password=password, role=row[2][0], name_zh=row[1]) for row in table]
