"""The command `huangyu`: one module per subcommand, loaded only when it is called."""
