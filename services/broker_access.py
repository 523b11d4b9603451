"""Who may enter the embedded broker and which topics they may use: amqtt plugins over one users file.

A line of the file is ``user:password`` or ``user:password:gateway``. A gateway is held to its own tree
(``huangyu/1/{user}/…``): it publishes up, status and command results, and hears its acks, commands and config.
"""

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from core import topics
from core.errors import ConfigError

GATEWAY = "gateway"


@dataclass(frozen=True, kw_only=True)
class User:
    """One line of the users file."""

    name: str
    password: str
    role: str = ""


def load_users(path: Path) -> dict[str, User]:
    """Return the users of a file by name; ConfigError names every bad line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: the users file cannot be read ({exc}); write lines of user:password.") from exc
    users: dict[str, User] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(":")
        if len(parts) not in (2, 3) or not all(parts) or (len(parts) == 3 and parts[2] != GATEWAY):
            problems.append(f"{path}:{number}: needs user:password or user:password:{GATEWAY}.")
            continue
        users[parts[0]] = User(name=parts[0], password=parts[1], role=parts[2] if len(parts) == 3 else "")
    if not users and not problems:
        problems.append(f"{path}: has no user; write at least one line of user:password.")
    if problems:
        raise ConfigError(*problems)
    return users


def may_use(user: User, topic: str, *, publish: bool) -> bool:
    """Return whether a user may publish to a topic, or subscribe to a topic filter."""
    if user.role != GATEWAY:
        return True
    own = f"{topics.ROOT}/{user.name}/"
    if not topic.startswith(own):
        return False
    rest = topic[len(own) :].split("/")
    if publish:
        return rest[0] == "up" or rest == ["status"] or (rest[0] == "cmd" and rest[-1] == "result" and len(rest) == 3)
    return rest in (["ack"], ["config"]) or rest[0] == "cmd"


def _users(context: BaseContext) -> dict[str, User]:
    config: Any = context.config
    return load_users(Path(config.users))


class PasswordPlugin(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in who knows a password of the users file."""

    @dataclass
    class Config:
        """Path of the users file."""

        users: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._known = _users(context)

    async def authenticate(self, *, session: Session) -> bool:
        """Return whether the session's user and password are right."""
        user = self._known.get(session.username or "")
        return user is not None and hmac.compare_digest((session.password or "").encode(), user.password.encode())


class TopicPlugin(BaseTopicPlugin):  # type: ignore[misc]
    """Holds gateways to their own topics; `RECEIVE` was already judged at the subscription."""

    @dataclass
    class Config:
        """Path of the users file."""

        users: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._known = _users(context)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Return whether the session may do `action` on `topic`."""
        user = self._known.get((session.username if session else "") or "")
        if user is None or not topic:
            return False
        return action is Action.RECEIVE or may_use(user, topic, publish=action is Action.PUBLISH)
