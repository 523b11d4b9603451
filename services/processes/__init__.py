"""The shore's processes: each module has ``async def run(settings, stop)``, which works until `stop` is set."""
