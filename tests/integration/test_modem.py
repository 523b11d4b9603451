"""The modem channel against a modem on a pseudo-terminal: PDU mode, parts, receipts, replies, refusals."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from alerts.delivery import ErrorKind
from firmware_sim.modem import Modem
from services.channels.base import ChannelError, Inbox, Outgoing
from services.channels.modem import ModemChannel, ModemSettings


@pytest.fixture
def modem() -> Iterator[Modem]:
    with Modem() as one:
        yield one


@pytest.fixture
async def channel(modem: Modem) -> AsyncIterator[ModemChannel]:
    one = ModemChannel("modem", ModemSettings(path=modem.path, answer_s=2.0, part_s=1.0))
    yield one
    await one.close()


def message(text: str, address: str = "19900000001") -> Outgoing:
    return Outgoing(message_id="m", address=address, text=text, rule="r", notice="raised")


async def inbox(channel: ModemChannel, wanted: int) -> Inbox:
    receipts, replies = [], []
    for _ in range(200):
        one = await channel.inbox()
        receipts += one.receipts
        replies += one.replies
        if len(receipts) + len(replies) >= wanted:
            break
        await asyncio.sleep(0.01)
    return Inbox(receipts=receipts, replies=replies)


async def test_short_text_arrives_and_is_receipted(modem: Modem, channel: ModemChannel) -> None:
    accepted = await channel.send(message("【黄鱼守望】橙色告警"))
    assert modem.texts == [("19900000001", "【黄鱼守望】橙色告警")]
    got = await inbox(channel, 1)
    assert [(row.provider_id, row.status) for row in got.receipts] == [(accepted.provider_ids[0], "delivered")]


async def test_long_text_arrives_whole(modem: Modem, channel: ModemChannel) -> None:
    text = "请立即回港避风，" * 20
    accepted = await channel.send(message(text))
    assert (len(accepted.provider_ids), modem.texts) == (3, [("19900000001", text)])
    assert {row.provider_id for row in (await inbox(channel, 3)).receipts} == set(accepted.provider_ids)


async def test_reply_comes_in(modem: Modem, channel: ModemChannel) -> None:
    await channel.inbox()
    modem.receive("+8619900000002", "1")
    [reply] = (await inbox(channel, 1)).replies
    assert (reply.address, reply.text) == ("+8619900000002", "1")


@pytest.mark.parametrize(("code", "kind"), [(28, ErrorKind.NUMBER), (310, ErrorKind.SETUP), (331, ErrorKind.RETRY)])
async def test_refusal_says_what_to_do(modem: Modem, channel: ModemChannel, code: int, kind: ErrorKind) -> None:
    modem.errors.append(code)
    with pytest.raises(ChannelError) as refused:
        await channel.send(message("x"))
    assert refused.value.kind is kind
    await channel.send(message("y"))
    assert modem.texts == [("19900000001", "y")]


async def test_no_answer_to_a_submit_is_of_unknown_fate(modem: Modem, channel: ModemChannel) -> None:
    modem.silent = 1
    with pytest.raises(ChannelError) as lost:
        await channel.send(message("x"))
    assert lost.value.kind is ErrorKind.UNKNOWN


async def test_no_modem_is_down() -> None:
    channel = ModemChannel("modem", ModemSettings(path="/dev/huangyu-no-such-modem"))
    with pytest.raises(ChannelError) as away:
        await channel.send(message("x"))
    assert away.value.kind is ErrorKind.DOWN
    assert (await channel.inbox()).replies == []
