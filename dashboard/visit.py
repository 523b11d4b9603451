"""One person looking at one screen now: what every screen's ``render`` is given."""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self, TypeVar

from dashboard.i18n import Words
from dashboard.recent import RECENT
from dashboard.settings import DashboardSettings
from dashboard.state import Shared
from store.access import Person
from store.scoped import Scope

Answer = TypeVar("Answer")


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

    def common(self, question: Hashable, make: Callable[[Scope], Answer]) -> Answer | None:
        """Return what every session of this one's rights sees now, made once for all of them; None when it is over.

        The database says each time whether the session lives and what its rights are (roles and scopes: all that its
        policies ask). So `make` must read nothing that is one person's own, and `question` must name the language and
        whatever else the answer depends on.
        """
        with self.scope() as scope:
            rights = scope.value("access/rights")
            return None if rights is None else RECENT.get((rights, question), lambda: make(scope))

    @property
    def settings(self) -> DashboardSettings:
        """Return the process's settings."""
        return self.shared.settings

    def again(self) -> Self:
        """Return the same visit at this moment, for a fragment that refreshes by itself."""
        return replace(self, now=datetime.now(UTC))
