"""Answers kept for a moment, and the queue put into groups."""

from threading import Thread

import pytest

from dashboard.recent import Recent


def test_answer_is_made_once_until_it_is_old_or_forgotten() -> None:
    now, made = [0.0], []
    recent = Recent(keep_s=2.0, clock=lambda: now[0])

    def ask(question: str) -> int:
        return recent.get(question, lambda: made.append(question) or len(made))  # type: ignore[func-returns-value]

    assert [ask("a"), ask("a"), ask("b")] == [1, 1, 2]
    now[0] = 2.1
    assert ask("a") == 3
    recent.forget()
    assert ask("a") == 4


def test_error_is_not_kept_and_many_askers_get_one_answer() -> None:
    recent, made = Recent(), []

    def fail() -> int:
        raise ValueError("away")

    with pytest.raises(ValueError, match="away"):
        recent.get("a", fail)
    askers = [Thread(target=lambda: recent.get("a", lambda: made.append(1))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert made == [1]
