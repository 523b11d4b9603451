"""What stops a screening."""

from core.errors import AppError


class ScreenError(AppError):
    """The input cannot be screened at all; the text says which file and what to do."""
