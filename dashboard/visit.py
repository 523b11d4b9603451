"""One person looking at one screen now: what every screen's ``render`` is given."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from dashboard.i18n import Words
from dashboard.settings import DashboardSettings
from dashboard.state import Shared
from store.access import Person
from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The person, the session's token, the words of their language, and the instant of this rerun."""

    person: Person
    token: str
    words: Words
    now: datetime
    shared: Shared

    def scope(self) -> AbstractContextManager[Scope]:
        """Return a transaction that sees what this person may see."""
        return self.shared.pool.scope(self.token)

    @property
    def settings(self) -> DashboardSettings:
        """Return the process's settings."""
        return self.shared.settings

    def again(self) -> Self:
        """Return the same visit at this moment, for a fragment that refreshes by itself."""
        return replace(self, now=datetime.now(UTC))
