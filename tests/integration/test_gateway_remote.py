"""Remote configuration on a real broker: tried, kept when healthy, rolled back when not; local parts stay."""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from core import topics
from core.errors import ConfigError
from gateway.remote import Keeper, Kept, initial, read_offer
from tests.fixtures.broker import BrokerProcess
from tests.fixtures.instruments import Unit, modbus_tcp
from tests.fixtures.managed import PROFILES, managed, own_settings, polled_unit
from tests.fixtures.shore import Shore, shore_on


def local_text(broker_port: int, device: int) -> str:
    return own_settings(broker_port) + polled(device, "m1")


def polled(device: int, point: str) -> str:
    return polled_unit(device, point, name="u", unit=2, profile="generic-int32")


def envelope(version: int, text: str) -> bytes:
    told = {"version": version, "toml": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return json.dumps(told).encode()


def points(shore: Shore) -> set[str]:
    return {r.series.point for r in shore.readings()}


async def test_remote_config_is_kept_when_healthy_and_rolled_back_when_not(
    mqtt_broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")
    config, spool = tmp_path / "gateway.toml", tmp_path / "spool.sqlite"
    unit = Unit(address=2, registers={(3, 0): 0, (3, 1): 5000})
    async with modbus_tcp({2: unit}) as (device, _), shore_on(mqtt_broker) as shore:
        config.write_text(local_text(mqtt_broker.port, device))
        async with managed(config, spool, probation_s=2.0) as manager:

            async def send(version: int, text: str) -> None:
                assert shore.client is not None
                await shore.client.publish(topics.config("gw-dt01"), envelope(version, text), qos=1, retain=True)

            def states(version: int) -> set[object]:
                return {row["state"] for row in shore.health("config") if row["version"] == version}

            await shore.until(lambda: "m1" in points(shore))
            await send(5, polled(device, "m2"))
            await shore.until(lambda: "m2" in points(shore) and "good" in states(5))
            assert manager.keeper is not None
            assert (manager.keeper.read().version, manager.keeper.read().trial) == (5, 0)
            await send(6, polled(1, "m3"))
            await shore.until(lambda: "rolled_back" in states(6), 30)
            await shore.until(lambda: manager.gateway is not None and manager.gateway.config_version == 5)
            seen = len(shore.readings())
            await shore.until(lambda: "m2" in {r.series.point for r in shore.readings()[seen:]})
            kept = manager.keeper.read()
            assert 6 in kept.refused, "the retained message must not start the trial again"
            assert initial(config, manager.keeper)[1] == 5, (
                "a restart after the rollback runs what ran before the trial"
            )
        assert any(status["config_version"] == 5 for status in shore.statuses)


async def test_trial_gives_way_to_a_newer_offer_and_to_a_full_disk_and_a_stop_only_postpones_it(
    mqtt_broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")
    config, spool = tmp_path / "gateway.toml", tmp_path / "spool.sqlite"
    unit = Unit(address=2, registers={(3, 0): 0, (3, 1): 5000})
    write = Keeper.write

    def full_for_three(keeper: Keeper, kept: Kept) -> None:
        if kept.version == 3:
            raise OSError(28, "No space left on device")
        write(keeper, kept)

    monkeypatch.setattr(Keeper, "write", full_for_three)
    async with modbus_tcp({2: unit}) as (device, _), shore_on(mqtt_broker) as shore:
        config.write_text(local_text(mqtt_broker.port, device))

        async def send(version: int, text: str) -> None:
            assert shore.client is not None
            await shore.client.publish(topics.config("gw-dt01"), envelope(version, text), qos=1, retain=True)

        def states(version: int) -> set[object]:
            return {row["state"] for row in shore.health("config") if row["version"] == version}

        async with managed(config, spool, probation_s=30.0) as manager:
            await shore.until(lambda: "m1" in points(shore))
            assert manager.keeper is not None
            keeper = manager.keeper
            await send(1, polled(1, "m2"))
            await shore.until(lambda: "trial" in states(1) and keeper.read().trial == 1)
            await send(2, polled(device, "m3"))
            await shore.until(lambda: "good" in states(2) and "m3" in points(shore))
            assert keeper.read() == Kept(version=2, text=polled(device, "m3"))
            await send(3, polled(device, "m4"))
            await shore.until(lambda: "rolled_back" in states(3))
            assert "found no room on the disk" in str(shore.health("config")[-1]["reason"])
            await shore.until(lambda: manager.gateway is not None and manager.gateway.config_version == 2)
            await send(4, polled(1, "m5"))
            await shore.until(lambda: keeper.read().trial == 4)
    assert (keeper.read().trial, keeper.read().refused) == (0, (3,)), "the stopped trial may be made again"


async def test_remote_config_whose_trial_is_killed_is_rolled_back_and_not_tried_again(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    """SIGKILL of the real process in the middle of a trial: the next start runs the local file."""
    config, spool = tmp_path / "gateway.toml", tmp_path / "spool.sqlite"
    keeper = Keeper(tmp_path / "spool.sqlite.config.json")
    command = [sys.executable, "-m", "services.cli.main", "gateway", "run", "--config", str(config)]

    async def start() -> asyncio.subprocess.Process:
        env = os.environ | {"HUANGYU_MQTT_PASSWORD": "gateway-secret"}
        with (tmp_path / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command, "--spool", str(spool), env=env, stdout=log, stderr=log
            )

    unit = Unit(address=2, registers={(3, 0): 0, (3, 1): 5000})
    async with modbus_tcp({2: unit}) as (device, _), shore_on(mqtt_broker) as shore:
        config.write_text(local_text(mqtt_broker.port, device))
        process = await start()
        try:
            await shore.until(lambda: "m1" in points(shore))
            assert shore.client is not None
            await shore.client.publish(topics.config("gw-dt01"), envelope(9, polled(1, "m9")), qos=1, retain=True)
            await shore.until(lambda: keeper.read().trial == 9)
            process.kill()
            await process.wait()
            seen = len(shore.readings())
            process = await start()
            await shore.until(lambda: "m1" in {r.series.point for r in shore.readings()[seen:]})
            reason = "rolled back: config 9 did not survive its trial"
            await shore.until(lambda: reason in [row["reason"] for row in shore.health("boot")])
            assert keeper.read() == Kept(refused=(9,))
            assert shore.statuses[-1]["config_version"] == 0
        finally:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
    assert "m9" not in points(shore)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"no json", "not JSON"),
        (b'{"version": 1}', "needs version"),
        (json.dumps({"version": 1, "toml": "", "sha256": "00"}).encode(), "sha256 does not match"),
        (envelope(1, "= bad"), "not valid TOML"),
        (envelope(1, '[broker]\nhost = "evil"'), "may not contain"),
        (envelope(1, '[[command]]\nname = "x"\nunit = "u"\naddress = 1'), "may not contain"),
        (envelope(1, '[[unit]]\nname = "u"'), "is missing"),
    ],
)
def test_remote_config_that_is_not_sound_is_refused_with_its_reason(payload: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_offer(payload, {"gateway": {"id": "gw-a", "profiles": str(PROFILES)}}, Path("f.toml"))


def test_trial_that_the_process_did_not_survive_is_rolled_back_at_start(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(local_text(1, 2))
    keeper = Keeper(tmp_path / "spool.config.json")
    keeper.write(Kept(version=8, text=polled(1, "m8"), trial=9, refused=(4,)))
    loaded, version, reason = initial(config, keeper)
    assert (version, loaded.config.unit[0].point) == (8, "m8")
    assert "rolled back" in reason
    assert keeper.read().refused == (4, 9)
    assert initial(config, keeper)[2] == "start"


def test_kept_remote_config_is_used_again_after_a_restart(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(local_text(1, 2))
    keeper = Keeper(tmp_path / "spool.config.json")
    keeper.write(Kept(version=9, text=polled(1, "m9")))
    loaded, version, _ = initial(config, keeper)
    assert (version, loaded.config.unit[0].point) == (9, "m9")


def test_damaged_keeper_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("{half")
    assert Keeper(path).read() == Kept()
