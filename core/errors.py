"""One error per border; each message is a full sentence that ends with what to do."""


class AppError(Exception):
    """Base of every error that a person may read: the command prints its text and exits with 1."""


class ConfigError(AppError):
    """A settings, profile, rule or scenario file is wrong: correct the file and key that it names.

    Parameters
    ----------
    problems
        Every problem found, one sentence each, so that a file is mended in one go.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DecodeError(AppError):
    """Bytes from outside do not mean what their border expects: the bytes are kept in quarantine."""


class StoreError(AppError):
    """The database refused or is away: the gateway still holds what was not acknowledged; retry later."""


class SendError(AppError):
    """A message could not be handed to its provider: the outbox retries or changes provider."""


class StartError(AppError):
    """A server of ours could not start: port in use, no disk, missing binary; the text says which."""
