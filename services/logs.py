"""One log line a record on stderr: time, level, logger, fixed message, then the record's own fields as key=value."""

import logging
import sys

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}


class FieldFormatter(logging.Formatter):
    """Appends what ``extra={...}`` gave, so that the message itself stays the same for every record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows on lines of its own."""
        fields = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        text = super().format(record)
        if not fields:
            return text
        first, newline, rest = text.partition("\n")
        said = " ".join(f"{name}={value}" for name, value in fields.items())
        return f"{first} {said}{newline}{rest}"


def log_to_stderr(level: int = logging.INFO) -> None:
    """Configure logging of a process; call it in ``main`` only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # a database that is away is told by the caller
