"""Both clouds' own SDKs against stand-ins that verify the signature by the public algorithm."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from alerts.delivery import ErrorKind
from alerts.templates import CloudTemplate
from firmware_sim.clouds import AliyunCloud, CloudServer, TencentCloud
from services import receipts
from services.channels.aliyun import AliyunChannel, AliyunSettings
from services.channels.base import ChannelError, Outgoing
from services.channels.chat import ChatChannel, ChatSettings, ChatTarget
from services.channels.tencent import TencentChannel, TencentSettings
from store.outbox import Receipt

TEMPLATE = CloudTemplate(code="SMS_1", rule="cages.*", params={"name": "subject", "level": "colour", "what": "reason"})
FIELDS = {"subject": "1号网箱", "colour": "橙", "reason": "2米溶氧2.8mg/L，低于3mg/L，请尽快处理并回复收到"}


def message(address: str = "19900000001", **more: object) -> Outgoing:
    values: dict[str, object] = {
        "message_id": "11111111-2222-3333-4444-555555555555", "address": address, "text": "…", "rule": "cages.oxygen",
        "notice": "raised", "fields": FIELDS,
    }  # fmt: skip
    return Outgoing(**(values | more))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALIYUN", "TENCENT"):
        monkeypatch.setenv(f"HUANGYU_{name}_KEY_ID", "id")
        monkeypatch.setenv(f"HUANGYU_{name}_SECRET", "secret")


@pytest.fixture
def aliyun() -> Iterator[tuple[AliyunCloud, AliyunChannel]]:
    cloud = AliyunCloud(key_id="id", secret="secret")
    with CloudServer(cloud=cloud) as server:
        yield (
            cloud,
            AliyunChannel(
                "aliyun",
                AliyunSettings(sign_name="黄鱼守望", template=(TEMPLATE,), endpoint=server.address, protocol="http"),
            ),
        )


@pytest.fixture
def tencent() -> Iterator[tuple[TencentCloud, TencentChannel]]:
    cloud = TencentCloud(key_id="id", secret="secret")
    with CloudServer(cloud=cloud) as server:
        yield (
            cloud,
            TencentChannel(
                "tencent",
                TencentSettings(
                    sdk_app_id="1400",
                    sign_name="黄鱼守望",
                    template=(TEMPLATE,),
                    endpoint=server.address,
                    protocol="http",
                ),
            ),
        )


async def test_aliyun_takes_a_template_with_short_variables(aliyun: tuple[AliyunCloud, AliyunChannel]) -> None:
    cloud, channel = aliyun
    accepted = await channel.send(message())
    assert accepted.provider_ids == (message().message_id,)
    [taken] = cloud.taken
    assert (taken["PhoneNumbers"], taken["SignName"], taken["TemplateCode"]) == ("19900000001", "黄鱼守望", "SMS_1")
    assert taken["params"] == {"name": "1号网箱", "level": "橙", "what": "2米溶氧2.8mg/L，低于3mg/L…"}
    assert cloud.bad_signatures == 0


async def test_aliyun_wrong_secret_is_a_setup_error(
    aliyun: tuple[AliyunCloud, AliyunChannel],
) -> None:
    cloud, channel = aliyun
    cloud.secret = "another"
    with pytest.raises(ChannelError) as refused:
        await channel.send(message())
    assert (refused.value.kind, cloud.bad_signatures) == (ErrorKind.SETUP, 1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", ErrorKind.LIMIT),
        ("isv.MOBILE_NUMBER_ILLEGAL", ErrorKind.NUMBER),
        ("isv.SMS_TEMPLATE_ILLEGAL", ErrorKind.CONTENT),
        ("isv.AMOUNT_NOT_ENOUGH", ErrorKind.SETUP),
        ("isp.SYSTEM_ERROR", ErrorKind.RETRY),
        ("Throttling.User", ErrorKind.THROTTLED),
    ],
)
async def test_aliyun_error_codes_say_what_to_do(
    aliyun: tuple[AliyunCloud, AliyunChannel], code: str, kind: ErrorKind
) -> None:
    cloud, channel = aliyun
    cloud.refuse["19900000001"] = code
    with pytest.raises(ChannelError) as refused:
        await channel.send(message())
    assert refused.value.kind is kind


async def test_aliyun_lost_answer_is_looked_up_and_not_sent_again(aliyun: tuple[AliyunCloud, AliyunChannel]) -> None:
    cloud, channel = aliyun
    cloud.lose_answers = 1
    with pytest.raises(ChannelError) as lost:
        await channel.send(message())
    assert lost.value.kind is ErrorKind.UNKNOWN
    assert (await channel.send(message(possible_repeat=True))).provider_ids == (message().message_id,)
    assert len(cloud.taken) == 1


async def test_aliyun_possible_repeat_that_was_never_taken_is_sent(aliyun: tuple[AliyunCloud, AliyunChannel]) -> None:
    cloud, channel = aliyun
    await channel.send(message(possible_repeat=True))
    assert len(cloud.taken) == 1


async def test_tencent_takes_a_template_and_names_its_serial(tencent: tuple[TencentCloud, TencentChannel]) -> None:
    cloud, channel = tencent
    accepted = await channel.send(message())
    assert accepted.provider_ids == ("2640:1",)
    [taken] = cloud.taken
    assert taken["PhoneNumberSet"] == ["+8619900000001"]
    assert taken["TemplateParamSet"] == ["1号网箱", "橙", "2米溶氧2.8mg/L，低于3mg/L…"]
    assert cloud.bad_signatures == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", ErrorKind.LIMIT),
        ("InvalidParameterValue.IncorrectPhoneNumber", ErrorKind.NUMBER),
        ("FailedOperation.TemplateIncorrectOrUnapproved", ErrorKind.CONTENT),
        ("FailedOperation.InsufficientBalanceInSmsPackage", ErrorKind.SETUP),
        ("InternalError.Timeout", ErrorKind.RETRY),
    ],
)
async def test_tencent_error_codes_say_what_to_do(
    tencent: tuple[TencentCloud, TencentChannel], code: str, kind: ErrorKind
) -> None:
    cloud, channel = tencent
    cloud.refuse["+8619900000001"] = code
    with pytest.raises(ChannelError) as refused:
        await channel.send(message())
    assert refused.value.kind is kind


async def test_tencent_wrong_secret_is_a_setup_error(tencent: tuple[TencentCloud, TencentChannel]) -> None:
    cloud, channel = tencent
    cloud.secret = "another"
    with pytest.raises(ChannelError) as refused:
        await channel.send(message())
    assert (refused.value.kind, cloud.bad_signatures) == (ErrorKind.SETUP, 1)


async def test_tencent_lost_answer_is_looked_up_and_not_sent_again(
    tencent: tuple[TencentCloud, TencentChannel],
) -> None:
    cloud, channel = tencent
    cloud.lose_answers = 1
    with pytest.raises(ChannelError) as lost:
        await channel.send(message())
    assert lost.value.kind is ErrorKind.UNKNOWN
    await channel.send(message(possible_repeat=True))
    assert len(cloud.taken) == 1


async def test_clouds_away_are_down() -> None:
    aliyun = AliyunChannel(
        "aliyun", AliyunSettings(sign_name="x", template=(TEMPLATE,), endpoint="127.0.0.1:1", protocol="http")
    )
    tencent = TencentChannel(
        "tencent",
        TencentSettings(sdk_app_id="1", sign_name="x", template=(TEMPLATE,), endpoint="127.0.0.1:1", protocol="http"),
    )
    for channel in (aliyun, tencent):
        with pytest.raises(ChannelError) as away:
            await channel.send(message())
        assert away.value.kind is ErrorKind.DOWN, channel.name


async def test_no_approved_template_is_a_content_error(aliyun: tuple[AliyunCloud, AliyunChannel]) -> None:
    with pytest.raises(ChannelError) as refused:
        await aliyun[1].send(message(rule="vessels.storm"))
    assert refused.value.kind is ErrorKind.CONTENT


async def test_posted_receipts_are_kept_and_answered(
    aliyun: tuple[AliyunCloud, AliyunChannel], tencent: tuple[TencentCloud, TencentChannel]
) -> None:
    await aliyun[1].send(message())
    await tencent[1].send(message())
    kept: list[Receipt] = []

    async def keep(rows: object) -> None:
        kept.extend(rows)  # type: ignore[arg-type]

    app = Starlette(routes=list(receipts.routes(keep, {"aliyun": "tok1", "tencent": "tok2"})))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shore") as client:
        good = await client.post("/receipts/aliyun/tok1", content=aliyun[0].receipts())
        also = await client.post("/receipts/tencent/tok2", content=tencent[0].receipts())
        assert (good.status_code, good.json()["code"], also.json()["result"]) == (200, 0, 0)
        assert (await client.post("/receipts/aliyun/wrong", content=b"[]")).status_code == 404
        assert (await client.post("/receipts/aliyun/令牌", content=b"[]")).status_code == 404
        assert (await client.post("/receipts/aliyun/tok1", content=b"{nonsense")).status_code == 400
        assert (await client.post("/receipts/aliyun/tok1", content=b"[" * 100_000)).status_code == 400
        assert (await client.post("/receipts/aliyun/tok1", content=b"[" + b" " * 2_000_000 + b"]")).status_code == 413
    assert [(row.provider, row.provider_id, row.status) for row in kept] == [
        ("aliyun", message().message_id, "delivered"),
        ("tencent", "2640:1", "delivered"),
    ]
    assert kept[0].at == datetime(2026, 11, 23, 10, 0, 3, tzinfo=UTC)


async def test_chat_webhook_gets_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = AliyunCloud(key_id="", secret="")
    seen: list[bytes] = []
    cloud.answer = lambda request: (seen.append(request.body), (200, {}))[1]  # type: ignore[method-assign]
    with CloudServer(cloud=cloud) as server:
        monkeypatch.setenv("DESK_URL", f"json://{server.address}/hook")
        channel = ChatChannel("chat", ChatSettings(target={"desk": ChatTarget(url_env="DESK_URL")}))
        await channel.send(message("desk", text="【黄鱼守望】橙色告警"))
    assert (
        "橙色告警" in seen[0].decode("unicode_escape").encode("utf-8", "surrogatepass").decode()
        or "橙色告警" in seen[0].decode()
    )
    with pytest.raises(ChannelError) as unknown:
        await channel.send(message("nobody"))
    assert unknown.value.kind is ErrorKind.NUMBER
