"""The chaos run of `benchmarks/gateway_chaos.py`, short, on each broker: nothing lost, nothing twice, nothing misnamed.

A process of its own, so that its kills, its clock shim and its namespace touch nothing of the tests beside it. Without
root the proxy stands for the partition and no disk is filled; the line that says so is printed.
"""

import asyncio
import json
import random
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "gateway_chaos.py"
CHAOS_S = 60.0
LIMIT_S = 130.0


async def chaos(broker: str) -> None:
    seed = random.SystemRandom().randrange(10**6)
    command = [sys.executable, str(BENCHMARK), "--json", "--seconds", str(CHAOS_S), "--seed", str(seed)]
    command += ["--broker", broker]
    print("again with:", *command)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    print(err.decode()[-4000:], out.decode(), sep="\n")
    found = json.loads(out.decode().splitlines()[-1])
    harm = {name: found[name] for name in ("lost", "duplicates", "misattributed", "quarantined")}
    assert harm == dict.fromkeys(harm, 0), f"seed {seed}: {found}"
    assert process.returncode == 0
    assert found["accepted"] > 100
    assert found["kills"] >= 4
    assert {"kills_gateway", "kills_broker", "kills_ingest", "kills_database", "partitions", "half_open"} <= set(found)


@pytest.mark.timeout(LIMIT_S + 15)
async def test_chaos_with_the_embedded_broker_loses_doubles_and_misnames_nothing() -> None:
    await chaos("amqtt")


@pytest.mark.timeout(LIMIT_S + 15)
async def test_chaos_with_mosquitto_loses_doubles_and_misnames_nothing() -> None:
    await chaos("mosquitto")
