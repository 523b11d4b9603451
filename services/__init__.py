"""The shore's loops, the embedded servers, the supervisor and the command line: all effects live here."""
