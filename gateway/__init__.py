"""The edge: poll, decode, spool, publish. Never imports the store."""
