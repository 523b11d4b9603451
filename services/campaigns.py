"""Storm calling: begin a campaign for a district, see how far it is, export who is left as a list for phoning."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.campaign import Campaign, Recipient, campaign_id_of, distinct, messages
from alerts.directory import LOCAL
from alerts.replies import plain_number
from alerts.wording import Wording
from core.errors import AppError
from core.finding import Severity
from store.campaigns import Left

_STATE_ZH = {
    "no_number": "无号码", "dead": "未发出", "failed": "未送达", "expired": "过期未发", "queued": "待发",
    "leased": "发送中", "sent": "已发未回执", "delivered": "已送达未回复", "cancelled": "已取消",
}  # fmt: skip


async def begin(
    store: Any,
    wording: Wording,
    *,
    name_zh: str,
    district_id: str,
    severity: Severity,
    text_zh: str,
    text_en: str,
    by: str,
    at: datetime,
    kind: str = "storm",
    drill: bool = False,
    recipients: Sequence[Recipient] | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
    cap_identifier: str | None = None,
) -> Campaign:
    """Begin a campaign and queue its messages; return it.

    Parameters
    ----------
    recipients
        Who must be told; None: everyone of the district.
    words
        Own fields of the text by recipient id: shelter, latest departure.

    Raises
    ------
    AppError
        When there is nobody to tell, or the same campaign was begun before.
    """
    people = distinct(await store.campaigns.people(district_id) if recipients is None else recipients)
    if not people:
        raise AppError(
            f"{district_id} 没有联系人。Nobody is entered for {district_id}: import contacts or the register first."
        )
    campaign = Campaign(
        campaign_id=campaign_id_of(kind, name_zh, district_id, at),
        kind=kind,
        name_zh=name_zh,
        district_id=district_id,
        severity=severity,
        text_zh=text_zh,
        text_en=text_en,
        started_by=by,
        started_at=at,
        drill=drill,
        cap_identifier=cap_identifier,
    )
    worded = [_with_words(person, words or {}) for person in people]
    if not await store.campaigns.begin(campaign, worded, messages(campaign, worded, wording, at)):
        raise AppError(f"{name_zh} 已开始。The campaign was begun already.")
    return campaign


def _with_words(person: Recipient, words: Mapping[str, Mapping[str, str]]) -> Recipient:
    own = {**person.words, **words.get(person.recipient_id, {})}
    return Recipient(**{**person.__dict__, "words": own, "address": plain_number(person.address)})


def phone_list(rows: Sequence[Left]) -> str:
    """Return who is left as CSV for a spreadsheet (with byte order mark), in the order of calling."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["序号", "名称", "电话", "MMSI", "养殖场", "状态", "发送时间", "通话结果", "备注"])
    for number, row in enumerate(rows, start=1):
        sent = row.sent_at.astimezone(LOCAL).strftime("%m-%d %H:%M") if row.sent_at else ""
        state = _STATE_ZH.get(row.state, row.state)
        cells = [
            number,
            row.name_zh,
            row.address,
            row.mmsi or "",
            row.farm_id or "",
            state,
            sent,
            row.call_result,
            row.note,
        ]
        writer.writerow([_harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
