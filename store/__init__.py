"""All SQL: migrations, queries, one module per table family, and the fake for tests."""
