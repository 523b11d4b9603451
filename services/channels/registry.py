"""Channels by name, made from ``[sms]``: each name's table ``[sms.options.<name>]`` is read into its own settings."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError
from core.settings import build
from services.channels.base import Channel
from services.channels.recorder import Recorder


@dataclass(frozen=True, kw_only=True)
class RecorderSettings:
    """``[sms.options.recorder]``: `path` of the file; by default ``sms.jsonl`` in the data folder."""

    path: Path | None = None


Maker = Callable[[str, Mapping[str, object]], Channel]


def _recorder(name: str, table: Mapping[str, object]) -> Channel:
    return Recorder(build(RecorderSettings, table, where=f"sms.options.{name}").path or default_record())


def _smpp(name: str, table: Mapping[str, object]) -> Channel:
    from services.channels.smpp import SmppChannel, SmppSettings  # noqa: PLC0415 - loaded when it is used

    return SmppChannel(name, build(SmppSettings, table, where=f"sms.options.{name}"))


def _aliyun(name: str, table: Mapping[str, object]) -> Channel:
    from services.channels.aliyun import AliyunChannel, AliyunSettings  # noqa: PLC0415 - an extra

    return AliyunChannel(name, build(AliyunSettings, table, where=f"sms.options.{name}"))


def _tencent(name: str, table: Mapping[str, object]) -> Channel:
    from services.channels.tencent import TencentChannel, TencentSettings  # noqa: PLC0415 - an extra

    return TencentChannel(name, build(TencentSettings, table, where=f"sms.options.{name}"))


def _chat(name: str, table: Mapping[str, object]) -> Channel:
    from services.channels.chat import ChatChannel, ChatSettings  # noqa: PLC0415 - an extra

    return ChatChannel(name, build(ChatSettings, table, where=f"sms.options.{name}"))


def _modem(name: str, table: Mapping[str, object]) -> Channel:
    from services.channels.modem import ModemChannel, ModemSettings  # noqa: PLC0415 - loaded when it is used

    return ModemChannel(name, build(ModemSettings, table, where=f"sms.options.{name}"))


MAKERS: dict[str, Maker] = {
    "recorder": _recorder,
    "smpp": _smpp,
    "modem": _modem,
    "aliyun": _aliyun,
    "tencent": _tencent,
    "chat": _chat,
}
"""How each channel is made; a name like ``smpp.backup`` makes a second channel of the kind before the dot."""


def default_record() -> Path:
    """Return where the recorder writes when nothing is said: beside the supervisor's data, else the working folder."""
    status = os.environ.get("HUANGYU_STATUS_FILE")
    return Path(status).parent.parent / "sms.jsonl" if status else Path("sms.jsonl")


def make_channels(
    names: Sequence[str], options: Mapping[str, Mapping[str, object]], *, drill: bool = False
) -> dict[str, Channel]:
    """Return the channels in order of preference; ConfigError names every problem.

    A drill has the recorder alone, whatever the settings say.
    """
    problems, channels = [], {}
    for name in ("recorder",) if drill else names:
        maker = MAKERS.get(name.partition(".")[0])
        if maker is None:
            problems.append(f"sms.channels: {name!r} is not one of {', '.join(MAKERS)}.")
            continue
        try:
            channels[name] = maker(name, options.get(name, {}))
        except ConfigError as exc:
            problems += exc.problems
        except ModuleNotFoundError as exc:
            kind = name.partition(".")[0]
            problems.append(f"sms.channels: {name!r} needs {exc.name}: run  pip install 'huangyu[{kind}]'.")
    if problems or not channels:
        raise ConfigError(*(problems or ["sms.channels: name at least one channel."]))
    return channels


@asynccontextmanager
async def open_channels(
    names: Sequence[str], options: Mapping[str, Mapping[str, object]], *, drill: bool = False
) -> AsyncIterator[dict[str, Channel]]:
    """Yield the channels; they are closed at the end."""
    channels = make_channels(names, options, drill=drill)
    async with AsyncExitStack() as stack:
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        yield channels
