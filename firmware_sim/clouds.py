"""Stand-ins for the two clouds' SMS services over HTTP on loopback, written from their public descriptions.

Each verifies the request's signature by the provider's published algorithm (ACS3-HMAC-SHA256, TC3-HMAC-SHA256), knows
its error codes, keeps what it took, answers queries, and can post receipts. They share no code with the SDKs.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit


@dataclass(frozen=True, kw_only=True)
class CloudRequest:
    """One HTTP request as the stand-ins look at it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Cloud:
    """What both clouds share: an account, what they took, and what they shall refuse.

    `refuse` maps a phone number to an error code; `lose_answers` takes a message and drops the connection.
    """

    key_id: str
    secret: str
    taken: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    lose_answers: int = 0
    bad_signatures: int = 0


class AliyunCloud(Cloud):
    """dysmsapi 2017-05-25: SendSms and QuerySendDetails."""

    def answer(self, request: CloudRequest) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and JSON body."""
        if not acs3_valid(request, self.key_id, self.secret):
            self.bad_signatures += 1
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "signature", "RequestId": "r"}
        form = request.query | dict(parse_qsl(request.body.decode()))
        action = request.headers.get("x-acs-action")
        if action == "QuerySendDetails":
            return 200, self._details(form["PhoneNumber"])
        code = self.refuse.get(form["PhoneNumbers"])
        if code is not None:
            return 200, {"Code": code, "Message": code, "RequestId": "r"}
        self.taken.append(form | {"params": json.loads(form["TemplateParam"])})
        return 200, {"Code": "OK", "Message": "OK", "BizId": f"{len(self.taken)}^0", "RequestId": "r"}

    def _details(self, phone: str) -> dict[str, Any]:
        rows = [
            {"OutId": form["OutId"], "PhoneNum": phone, "SendStatus": 1, "TemplateCode": form["TemplateCode"]}
            for form in self.taken
            if form["PhoneNumbers"] == phone
        ]
        return {
            "Code": "OK",
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
            "RequestId": "r",
        }

    def receipts(self) -> bytes:
        """Return the JSON array that the provider posts for everything it took."""
        rows = [
            {
                "phone_number": form["PhoneNumbers"], "success": True, "biz_id": f"{n}^0", "out_id": form["OutId"],
                "send_time": "2026-11-23 18:00:00", "report_time": "2026-11-23 18:00:03", "err_code": "DELIVERED",
                "err_msg": "用户接收成功", "sms_size": "1",
            }
            for n, form in enumerate(self.taken, start=1)
        ]  # fmt: skip
        return json.dumps(rows, ensure_ascii=False).encode()


class TencentCloud(Cloud):
    """sms 2021-01-11: SendSms and PullSmsSendStatusByPhoneNumber."""

    def answer(self, request: CloudRequest) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and JSON body."""
        if not tc3_valid(request, self.key_id, self.secret, "sms"):
            self.bad_signatures += 1
            return 200, _tencent_error("AuthFailure.SignatureFailure")
        form = json.loads(request.body)
        if request.headers.get("x-tc-action") == "PullSmsSendStatusByPhoneNumber":
            return 200, {"Response": {"PullSmsSendStatusSet": self._states(form["PhoneNumber"]), "RequestId": "r"}}
        phone = form["PhoneNumberSet"][0]
        code = self.refuse.get(phone, "Ok")
        serial = ""
        if code == "Ok":
            self.taken.append(form)
            serial = f"2640:{len(self.taken)}"
        status = {"SerialNo": serial, "PhoneNumber": phone, "Fee": 1, "Code": code, "Message": code, "IsoCode": "CN",
                  "SessionContext": form.get("SessionContext", "")}  # fmt: skip
        return 200, {"Response": {"SendStatusSet": [status], "RequestId": "r"}}

    def _states(self, phone: str) -> list[dict[str, Any]]:
        return [
            {
                "PhoneNumber": phone,
                "SerialNo": f"2640:{n}",
                "ReportStatus": "SUCCESS",
                "SessionContext": form["SessionContext"],
            }
            for n, form in enumerate(self.taken, start=1)
            if form["PhoneNumberSet"] == [phone]
        ]

    def receipts(self) -> bytes:
        """Return the JSON array that the provider posts for everything it took."""
        rows = [
            {
                "user_receive_time": "2026-11-23 18:00:03", "nationcode": "86", "mobile": form["PhoneNumberSet"][0],
                "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": f"2640:{n}",
            }
            for n, form in enumerate(self.taken, start=1)
        ]  # fmt: skip
        return json.dumps(rows, ensure_ascii=False).encode()


def acs3_valid(request: CloudRequest, key_id: str, secret: str) -> bool:
    """Return whether an Authorization header is right by ACS3-HMAC-SHA256 (Aliyun's page V3版本请求体&签名机制)."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    fields = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "ACS3-HMAC-SHA256" or fields.get("Credential") != key_id:
        return False
    digest = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-acs-content-sha256") != digest:
        return False
    signed = fields.get("SignedHeaders", "").split(";")
    canonical = "\n".join(
        (
            request.method,
            request.path or "/",
            "&".join(f"{_encoded(k)}={_encoded(v)}" for k, v in sorted(request.query.items())),
            "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed),
            ";".join(signed),
            digest,
        )
    )
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    wanted = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, fields.get("Signature", ""))


def tc3_valid(request: CloudRequest, key_id: str, secret: str, service: str) -> bool:
    """Return whether an Authorization header is right by TC3-HMAC-SHA256 (Tencent's page 签名方法 v3)."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    name, _, scope = fields.get("Credential", "").partition("/")
    if scheme != "TC3-HMAC-SHA256" or name != key_id:
        return False
    signed = fields.get("SignedHeaders", "").split(";")
    headers = "".join(f"{header}:{request.headers.get(header, '').strip()}\n" for header in signed)
    digest = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, "/", "", headers, ";".join(signed), digest))
    stamp = request.headers.get("x-tc-timestamp", "")
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for word in (scope.split("/")[0], service, "tc3_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    wanted = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, fields.get("Signature", ""))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _tencent_error(code: str) -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "r"}}


@dataclass(kw_only=True)
class CloudServer:
    """An HTTP server on 127.0.0.1 in front of a stand-in; use as a context manager."""

    cloud: AliyunCloud | TencentCloud
    _server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        """Return host and port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "CloudServer":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.cloud))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


def _handler(cloud: AliyunCloud | TencentCloud) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            request = CloudRequest(
                method="POST",
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("content-length") or 0)),
            )
            status, body = cloud.answer(request)
            if cloud.lose_answers > 0:
                cloud.lose_answers -= 1
                self.close_connection = True
                return
            payload = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler
