"""Everything apprise speaks: WeCom, DingTalk, Feishu, e-mail, webhooks; an address names one of the configured URLs.

A URL of apprise holds tokens, so it stands in the environment or in a file, never in the settings. Apprise says only
yes or no: a no is tried again, nothing is known of delivery.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import apprise

from alerts.delivery import ErrorKind
from alerts.limits import Limits
from core.errors import ConfigError
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from services.channels.secrets import read_secret


@dataclass(frozen=True, kw_only=True)
class ChatTarget:
    """Where one apprise URL is found: in an environment variable or a file."""

    url_env: str = ""
    url_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ChatSettings:
    """``[sms.options.chat]``: `target` maps the addresses of contacts to apprise URLs."""

    target: Mapping[str, ChatTarget]
    limits: Limits = field(default_factory=Limits)


class ChatChannel:
    """Chat groups, mail and webhooks."""

    kinds = frozenset({"chat"})
    repeat_safe = False

    def __init__(self, name: str, settings: ChatSettings) -> None:
        self.name, self.limits = name, settings.limits
        self._targets = {key: _apprise(f"sms.options.{name}.target.{key}", t) for key, t in settings.target.items()}

    async def send(self, message: Outgoing) -> Accepted:
        """Hand the message over."""
        target = self._targets.get(message.address)
        if target is None:
            raise ChannelError(ErrorKind.NUMBER, f"{self.name}: no target {message.address!r} in the settings")
        if not await target.async_notify(body=message.text, title=""):
            raise ChannelError(ErrorKind.RETRY, f"{self.name}: {message.address} did not take the message")
        return Accepted(provider_ids=(message.message_id,))

    async def inbox(self) -> Inbox:
        """Return nothing: chats are not read."""
        return Inbox()

    async def close(self) -> None:
        """Nothing is open between messages."""


def _apprise(where: str, target: ChatTarget) -> apprise.Apprise:
    made, url = apprise.Apprise(), read_secret(target.url_env, target.url_file, where)
    with warnings.catch_warnings():
        # Its plug-ins are imported here; one asks for a module that Python 3.13 dropped and does not use it.
        warnings.simplefilter("ignore", DeprecationWarning)
        known = made.add(url)
    if not known:
        raise ConfigError(f"{where}: not an address that apprise knows; see its list of services.")
    return made
