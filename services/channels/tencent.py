"""Tencent SMS through its own SDK: template and signature; `SessionContext` is our message id.

A message whose fate is unknown is looked up first (PullSmsSendStatusByPhoneNumber): where it was taken, it is not sent
again.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import PullSmsSendStatusByPhoneNumberRequest, SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from alerts.delivery import ErrorKind
from alerts.limits import Limits
from alerts.templates import CloudTemplate, render
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from services.channels.provider_time import local_time
from services.channels.secrets import read_secret
from store.outbox import Receipt

_PREFIXES: tuple[tuple[str, ErrorKind], ...] = (
    ("LimitExceeded.PhoneNumber", ErrorKind.LIMIT),
    ("LimitExceeded.DeliveryFrequencyLimit", ErrorKind.THROTTLED),
    ("LimitExceeded", ErrorKind.LIMIT),
    ("RequestLimitExceeded", ErrorKind.THROTTLED),
    ("InvalidParameterValue.IncorrectPhoneNumber", ErrorKind.NUMBER),
    ("FailedOperation.PhoneNumberInBlacklist", ErrorKind.NUMBER),
    ("UnsupportedOperation", ErrorKind.NUMBER),
    ("FailedOperation.InsufficientBalance", ErrorKind.SETUP),
    ("UnauthorizedOperation", ErrorKind.SETUP),
    ("AuthFailure", ErrorKind.SETUP),
    ("FailedOperation.FailResolvePacket", ErrorKind.RETRY),
    ("FailedOperation", ErrorKind.CONTENT),
    ("InvalidParameter", ErrorKind.CONTENT),
    ("MissingParameter", ErrorKind.CONTENT),
    ("InternalError", ErrorKind.RETRY),
)
"""Error codes by prefix, the first that fits (provider's help page 短信 错误码, and errorcodes.py of the SDK)."""
_LOOK_BACK_S = 3600


@dataclass(frozen=True, kw_only=True)
class TencentSettings:
    """``[sms.options.tencent]``: account, application, approved signature and templates."""

    sdk_app_id: str
    sign_name: str
    template: tuple[CloudTemplate, ...]
    key_id_env: str = "HUANGYU_TENCENT_KEY_ID"
    key_id_file: Path | None = None
    secret_env: str = "HUANGYU_TENCENT_SECRET"  # noqa: S105 - the name of a variable
    secret_file: Path | None = None
    endpoint: str = "sms.tencentcloudapi.com"
    protocol: str = "https"
    region: str = "ap-guangzhou"
    limit_s: float = 10.0
    limits: Limits = field(default_factory=Limits)


class TencentChannel:
    """One Tencent account; receipts come by HTTP to `services.receipts`."""

    kinds = frozenset({"sms"})
    repeat_safe = True

    def __init__(self, name: str, settings: TencentSettings) -> None:
        where = f"sms.options.{name}"
        self.name, self.limits, self._settings = name, settings.limits, settings
        http = HttpProfile(
            protocol=settings.protocol, endpoint=settings.endpoint, reqMethod="POST", reqTimeout=int(settings.limit_s)
        )
        credential = Credential(
            read_secret(settings.key_id_env, settings.key_id_file, where),
            read_secret(settings.secret_env, settings.secret_file, where),
        )
        self._client = SmsClient(credential, settings.region, ClientProfile(httpProfile=http))

    async def send(self, message: Outgoing) -> Accepted:
        """Hand the message over as template and variables; the SDK blocks, so it runs in a thread."""
        if message.possible_repeat and await self._was_taken(message):
            return Accepted(provider_ids=(message.message_id,))
        rendered = render(self._settings.template, message.rule, message.notice, message.language, message.fields)
        if rendered is None:
            raise ChannelError(ErrorKind.CONTENT, f"{self.name}: no approved template for {message.rule}")
        request = SendSmsRequest()
        request.PhoneNumberSet = [_international(message.address)]
        request.SmsSdkAppId = self._settings.sdk_app_id
        request.SignName = self._settings.sign_name
        request.TemplateId = rendered.code
        request.TemplateParamSet = list(rendered.params.values())
        request.SessionContext = message.message_id
        status = (await self._call(self._client.SendSms, request)).SendStatusSet[0]
        if status.Code != "Ok":
            raise error_of(self.name, str(status.Code), str(status.Message))
        return Accepted(provider_ids=(str(status.SerialNo),))

    async def inbox(self) -> Inbox:
        """Return nothing: receipts are posted."""
        return Inbox()

    async def close(self) -> None:
        """The SDK opens a connection for each call."""

    async def _was_taken(self, message: Outgoing) -> bool:
        request = PullSmsSendStatusByPhoneNumberRequest()
        request.BeginTime, request.Offset, request.Limit = int(time.time()) - _LOOK_BACK_S, 0, 100
        request.PhoneNumber, request.SmsSdkAppId = _international(message.address), self._settings.sdk_app_id
        rows = (await self._call(self._client.PullSmsSendStatusByPhoneNumber, request)).PullSmsSendStatusSet or []
        return any(row.SessionContext == message.message_id for row in rows)

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await asyncio.to_thread(method, request)
        except TencentCloudSDKException as exc:
            raise _sorted(self.name, exc) from exc
        except requests.exceptions.RequestException as exc:
            raise ChannelError(ErrorKind.UNKNOWN, f"{self.name}: no answer ({exc})") from exc


def error_of(name: str, code: str, text: str) -> ChannelError:
    """Return the error that a provider's code means."""
    kind = next((kind for prefix, kind in _PREFIXES if code.startswith(prefix)), ErrorKind.RETRY)
    return ChannelError(kind, f"{name}: {code}: {text}")


def _sorted(name: str, exc: TencentCloudSDKException) -> ChannelError:
    code, text = str(exc.get_code() or ""), str(exc.get_message() or "")
    if code in ("ClientNetworkError", "ServerNetworkError", ""):
        refused = any(word in text for word in ("refused", "Failed to establish", "resolve", "ConnectTimeout"))
        return ChannelError(ErrorKind.DOWN if refused else ErrorKind.UNKNOWN, f"{name}: {text}")
    return error_of(name, code, text)


def _international(address: str) -> str:
    return address if address.startswith("+") else f"+86{address}"


def read_receipts(provider: str, body: bytes, at: datetime) -> list[Receipt]:
    """Return the receipts of a posted JSON array; ValueError when it is not one."""
    rows = json.loads(body)
    if not isinstance(rows, list):
        raise ValueError("not a JSON array")
    return [_receipt(provider, row, at) for row in rows if isinstance(row, dict) and row.get("sid")]


def _receipt(provider: str, row: Mapping[str, Any], at: datetime) -> Receipt:
    good = row.get("report_status") == "SUCCESS"
    return Receipt(
        provider=provider,
        provider_id=str(row["sid"]),
        status="delivered" if good else "failed",
        at=local_time(str(row.get("user_receive_time") or ""), at),
        received_at=at,
        error="" if good else str(row.get("errmsg", "")),
        raw={key: row[key] for key in ("errmsg", "description", "user_receive_time") if key in row},
    )
