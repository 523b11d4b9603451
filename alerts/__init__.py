"""Alert lifecycle and message wording, pure: (alert, finding, at) to (alert, messages)."""
