"""One GRIB file read by a process of its own: ``python -m services.grid_apart REQUEST`` (see services.grid_files).

Ends with 0 and the run in the file asked for, or with 1 and the reason on standard output.
"""

import json
import resource
import sys
from datetime import datetime
from pathlib import Path

from forecasting.grids.nwp import Box, GridError, read_run
from services.grid_files import open_grid, save_run

MEMORY_BYTES = 4 * 2**30
"""A file of our sea needs a fraction; a file made to harm would take all there is. [B]"""


def main() -> None:
    """Read one file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    asked = json.loads(sys.argv[1])
    init_at = asked["init_at"] and datetime.fromisoformat(asked["init_at"])
    try:
        with open_grid(Path(asked["path"])) as dataset:
            save_run(read_run(dataset, Box(**asked["box"]), init_at), Path(asked["out"]))
    except GridError as exc:
        print(exc)
        sys.exit(1)


if __name__ == "__main__":
    main()
