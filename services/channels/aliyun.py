"""Aliyun SMS through its own SDK: template and signature; `out_id` is our message id and comes back in receipts.

A message whose fate is unknown is looked up first (QuerySendDetails by phone and day): where it was taken, it is not
sent again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest, SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import DaraException, UnretryableException
from darabonba.runtime import RuntimeOptions

from alerts.delivery import ErrorKind
from alerts.directory import LOCAL
from alerts.limits import Limits
from alerts.templates import CloudTemplate, render
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from services.channels.provider_time import local_time
from services.channels.secrets import read_secret
from store.outbox import Receipt

_CODES: Mapping[str, ErrorKind] = {
    "isv.BUSINESS_LIMIT_CONTROL": ErrorKind.LIMIT,
    "isv.DAY_LIMIT_CONTROL": ErrorKind.LIMIT,
    "isv.MOBILE_NUMBER_ILLEGAL": ErrorKind.NUMBER,
    "isv.MOBILE_COUNT_OVER_LIMIT": ErrorKind.NUMBER,
    "isv.SMS_TEMPLATE_ILLEGAL": ErrorKind.CONTENT,
    "isv.SMS_SIGNATURE_ILLEGAL": ErrorKind.CONTENT,
    "isv.SMS_SIGN_ILLEGAL": ErrorKind.CONTENT,
    "isv.TEMPLATE_MISSING_PARAMETERS": ErrorKind.CONTENT,
    "isv.TEMPLATE_PARAMS_ILLEGAL": ErrorKind.CONTENT,
    "isv.PARAM_LENGTH_LIMIT": ErrorKind.CONTENT,
    "isv.INVALID_PARAMETERS": ErrorKind.CONTENT,
    "isv.INVALID_JSON_PARAM": ErrorKind.CONTENT,
    "isv.BLACK_KEY_CONTROL_LIMIT": ErrorKind.CONTENT,
    "isv.AMOUNT_NOT_ENOUGH": ErrorKind.SETUP,
    "isv.ACCOUNT_NOT_EXISTS": ErrorKind.SETUP,
    "isv.ACCOUNT_ABNORMAL": ErrorKind.SETUP,
    "isv.OUT_OF_SERVICE": ErrorKind.SETUP,
    "isv.PRODUCT_UN_SUBSCRIPT": ErrorKind.SETUP,
    "isp.RAM_PERMISSION_DENY": ErrorKind.SETUP,
    "isp.SYSTEM_ERROR": ErrorKind.RETRY,
}
"""Error codes of SendSms, provider's help page 短信服务API错误码; SetupErrors below are the gateway's own."""
_SETUP = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden", "IncompleteSignature", "InvalidTimeStamp")
_SENT_STATES = (1, 3)
"""QuerySendDetails: 1 waiting for the receipt, 2 failed, 3 delivered."""


@dataclass(frozen=True, kw_only=True)
class AliyunSettings:
    """``[sms.options.aliyun]``: account, approved signature and templates; secrets are named, not given.

    `number_per_day` of the limits is 50 by default: what the provider takes for one number.
    """

    sign_name: str
    template: tuple[CloudTemplate, ...]
    key_id_env: str = "HUANGYU_ALIYUN_KEY_ID"
    key_id_file: Path | None = None
    secret_env: str = "HUANGYU_ALIYUN_SECRET"  # noqa: S105 - the name of a variable
    secret_file: Path | None = None
    endpoint: str = "dysmsapi.aliyuncs.com"
    protocol: str = "https"
    limit_s: float = 10.0
    limits: Limits = field(default_factory=lambda: Limits(number_per_day=50))


class AliyunChannel:
    """One Aliyun account; receipts come by HTTP to `services.receipts`."""

    kinds = frozenset({"sms"})
    repeat_safe = True

    def __init__(self, name: str, settings: AliyunSettings) -> None:
        where = f"sms.options.{name}"
        self.name, self.limits, self._settings = name, settings.limits, settings
        self._client = Client(
            Config(
                access_key_id=read_secret(settings.key_id_env, settings.key_id_file, where),
                access_key_secret=read_secret(settings.secret_env, settings.secret_file, where),
                endpoint=settings.endpoint,
                protocol=settings.protocol,
                region_id="cn-hangzhou",
            )
        )
        limit_ms = int(settings.limit_s * 1000)
        self._runtime = RuntimeOptions(autoretry=False, max_attempts=1, connect_timeout=limit_ms, read_timeout=limit_ms)

    async def send(self, message: Outgoing) -> Accepted:
        """Hand the message over as template and variables."""
        if message.possible_repeat and await self._was_taken(message):
            return Accepted(provider_ids=(message.message_id,))
        rendered = render(self._settings.template, message.rule, message.notice, message.language, message.fields)
        if rendered is None:
            raise ChannelError(ErrorKind.CONTENT, f"{self.name}: no approved template for {message.rule}")
        request = SendSmsRequest(
            phone_numbers=message.address,
            sign_name=self._settings.sign_name,
            template_code=rendered.code,
            template_param=json.dumps(rendered.params, ensure_ascii=False),
            out_id=message.message_id,
        )
        body = (await self._call(self._client.send_sms_with_options_async, request)).body
        if body.code != "OK":
            raise error_of(self.name, str(body.code), str(body.message))
        return Accepted(provider_ids=(message.message_id,))

    async def inbox(self) -> Inbox:
        """Return nothing: receipts are posted."""
        return Inbox()

    async def close(self) -> None:
        """The SDK opens a connection for each call."""

    async def _was_taken(self, message: Outgoing) -> bool:
        request = QuerySendDetailsRequest(
            phone_number=message.address,
            send_date=datetime.now(UTC).astimezone(LOCAL).strftime("%Y%m%d"),
            page_size=50,
            current_page=1,
        )
        body = (await self._call(self._client.query_send_details_with_options_async, request)).body
        details = body.sms_send_detail_dtos.sms_send_detail_dto if body.sms_send_detail_dtos else []
        return any(row.out_id == message.message_id and row.send_status in _SENT_STATES for row in details or [])

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request, self._runtime)
        except (DaraException, UnretryableException) as exc:
            raise _sorted(self.name, exc) from exc
        except (aiohttp.ClientConnectorError, ConnectionRefusedError) as exc:
            raise ChannelError(ErrorKind.DOWN, f"{self.name}: cannot connect ({exc})") from exc
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise ChannelError(ErrorKind.UNKNOWN, f"{self.name}: no answer ({exc})") from exc


def error_of(name: str, code: str, text: str) -> ChannelError:
    """Return the error that a provider's code means."""
    if code.startswith("Throttling"):
        kind = ErrorKind.THROTTLED
    elif code.startswith(_SETUP):
        kind = ErrorKind.SETUP
    else:
        kind = _CODES.get(code, ErrorKind.RETRY)
    return ChannelError(kind, f"{name}: {code}: {text}")


def _sorted(name: str, exc: Exception) -> ChannelError:
    inner = getattr(exc, "inner_exception", None) or exc.__cause__ or exc
    if (
        isinstance(inner, (aiohttp.ClientConnectorError, ConnectionRefusedError))
        or "cannot connect" in str(inner).lower()
    ):
        return ChannelError(ErrorKind.DOWN, f"{name}: cannot connect ({inner})")
    code = str(getattr(exc, "code", "") or "")
    if not code or isinstance(inner, (aiohttp.ClientError, TimeoutError)):
        return ChannelError(ErrorKind.UNKNOWN, f"{name}: no answer ({inner})")
    return error_of(name, code, str(getattr(exc, "message", exc)))


def read_receipts(provider: str, body: bytes, at: datetime) -> list[Receipt]:
    """Return the receipts of a posted JSON array; ValueError when it is not one."""
    rows = json.loads(body)
    if not isinstance(rows, list):
        raise ValueError("not a JSON array")
    return [_receipt(provider, row, at) for row in rows if isinstance(row, dict) and row.get("out_id")]


def _receipt(provider: str, row: Mapping[str, Any], at: datetime) -> Receipt:
    done = str(row.get("report_time") or "")
    return Receipt(
        provider=provider,
        provider_id=str(row["out_id"]),
        status="delivered" if row.get("success") is True else "failed",
        at=local_time(done, at),
        received_at=at,
        error="" if row.get("success") is True else str(row.get("err_code", "")),
        raw={key: row[key] for key in ("biz_id", "err_code", "err_msg", "sms_size", "report_time") if key in row},
    )
