"""MQTT topics, version 1. Every topic of the project is made and taken apart here and nowhere else."""

import re
from enum import StrEnum

from core.errors import DecodeError
from core.reading import Priority

ROOT = "huangyu/1"
GATEWAY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Stream(StrEnum):
    """Kind of batch that a gateway sends up; `nmea` carries raw AIS and radar sentences."""

    DISTRESS = "distress"
    ALARM = "alarm"
    READING = "reading"
    NMEA = "nmea"
    HEALTH = "health"


STREAM_PRIORITY = {
    Stream.DISTRESS: Priority.DISTRESS,
    Stream.ALARM: Priority.ALARM,
    Stream.READING: Priority.READING,
    Stream.NMEA: Priority.POSITION,
    Stream.HEALTH: Priority.HEALTH,
}


def up(gateway: str, stream: Stream) -> str:
    """Return the topic on which a gateway publishes batches of a stream (QoS 1)."""
    return f"{ROOT}/{gateway}/up/{stream}"


def ack(gateway: str) -> str:
    """Return the topic on which the shore acknowledges committed sequence ranges."""
    return f"{ROOT}/{gateway}/ack"


def status(gateway: str) -> str:
    """Return the retained topic of a gateway's birth and last will."""
    return f"{ROOT}/{gateway}/status"


def command(gateway: str, command_id: str) -> str:
    """Return the topic of one downlink command."""
    return f"{ROOT}/{gateway}/cmd/{command_id}"


def command_result(gateway: str, command_id: str) -> str:
    """Return the topic on which a gateway answers one command."""
    return f"{ROOT}/{gateway}/cmd/{command_id}/result"


def config(gateway: str) -> str:
    """Return the retained topic of a gateway's remote configuration."""
    return f"{ROOT}/{gateway}/config"


ALL_UP = f"{ROOT}/+/up/+"
ALL_STATUS = f"{ROOT}/+/status"
ALL_RESULTS = f"{ROOT}/+/cmd/+/result"


def parse_up(topic: str) -> tuple[str, Stream]:
    """Return (gateway, stream) of an uplink topic; DecodeError when it is not one of ours."""
    parts = topic.split("/")
    if len(parts) == 5 and "/".join(parts[:2]) == ROOT and parts[3] == "up" and GATEWAY_ID.fullmatch(parts[2]):
        try:
            return parts[2], Stream(parts[4])
        except ValueError:
            pass
    raise DecodeError(f"Topic {topic!r} is not {ROOT}/<gateway>/up/<stream>: check the gateway's version.")


def parse_gateway(topic: str) -> str:
    """Return the gateway of any topic of ours; DecodeError otherwise."""
    parts = topic.split("/")
    if len(parts) >= 4 and "/".join(parts[:2]) == ROOT and GATEWAY_ID.fullmatch(parts[2]):
        return parts[2]
    raise DecodeError(f"Topic {topic!r} is not {ROOT}/<gateway>/…: check the sender.")
