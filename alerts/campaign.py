"""One storm, one campaign: who must be told, what each is sent, and how many are left. Pure."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.directory import ChannelKind
from alerts.message import Message, message_id_of
from alerts.model import ALERT_NAMESPACE
from alerts.replies import plain_number
from alerts.segments import Bill, bill, measure
from alerts.wording import Wording, fill
from core.finding import Severity

NOTICE = "campaign"
USEFUL_FOR = timedelta(hours=24)
"""A storm message not sent within a day is worthless."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One boat or farm that must be told; `address` empty: no number is known, somebody must phone or go there.

    `words` are the recipient's own fields of the text: shelter, latest_departure, sea_distance_nm …
    """

    recipient_id: str
    name_zh: str
    address: str = ""
    mmsi: int | None = None
    farm_id: str | None = None
    language: str = "zh"
    test_list: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What is called out: the texts have fields in braces, {name} and the recipient's own words."""

    campaign_id: str
    kind: str
    name_zh: str
    district_id: str
    severity: Severity
    text_zh: str
    text_en: str
    started_by: str
    started_at: datetime
    name_en: str = ""
    drill: bool = False
    alert_id: str | None = None
    cap_identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignTally:
    """ "Not one boat missed" as numbers: everyone who must be told, and how far each of them is.

    told = a provider took the message; delivered = the phone had it; answered = a 1 came back; called = reached by
    phone; left = neither answered nor reached: the list for phoning.
    """

    total: int
    no_number: int
    told: int
    delivered: int
    answered: int
    called: int
    dead: int
    possible_repeats: int
    left: int


def campaign_id_of(kind: str, name: str, district_id: str, started_at: datetime) -> str:
    """Return the id of a campaign: begun twice by a double click it is the same one."""
    return str(uuid.uuid5(ALERT_NAMESPACE, f"campaign|{kind}|{name}|{district_id}|{started_at.isoformat()}"))


def distinct(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Return each recipient once, numbers in plain form; the first entry with a number wins over one without."""
    chosen: dict[str, Recipient] = {}
    for recipient in recipients:
        known = chosen.get(recipient.recipient_id)
        if known is None or (not known.address and recipient.address):
            chosen[recipient.recipient_id] = recipient
    return list(chosen.values())


def text_for(campaign: Campaign, recipient: Recipient, wording: Wording) -> str:
    """Return the recipient's text, signature, and 【演练】 in a drill, included."""
    zh = recipient.language == "zh"
    words = {**recipient.words, "name": recipient.name_zh, "reply": wording.reply_zh if zh else wording.reply_en}
    body = fill(campaign.text_zh if zh else campaign.text_en, words)
    if zh:
        return f"【{wording.signature_zh}】{wording.drill_zh if campaign.drill else ''}{body}"
    return f"[{wording.signature_en}] {wording.drill_en if campaign.drill else ''}{body}"


def messages(campaign: Campaign, recipients: Sequence[Recipient], wording: Wording, at: datetime) -> list[Message]:
    """Return one message for each recipient with a number.

    In a drill only the test list is sent to its phones; everybody else's message goes to the recorder.
    """
    return [_message(campaign, recipient, wording, at) for recipient in recipients if recipient.address]


def preview(campaign: Campaign, recipients: Sequence[Recipient], wording: Wording, price: float) -> Bill:
    """Return messages, segments and cost before anything is sent."""
    return bill([text_for(campaign, r, wording) for r in recipients if r.address], price)


def _message(campaign: Campaign, recipient: Recipient, wording: Wording, at: datetime) -> Message:
    text = text_for(campaign, recipient, wording)
    address = plain_number(recipient.address)
    to_phone = not campaign.drill or recipient.test_list
    return Message(
        message_id=message_id_of([f"campaign:{campaign.campaign_id}"], recipient.recipient_id, address),
        campaign_id=campaign.campaign_id,
        contact_id=recipient.recipient_id,
        contact_name=recipient.name_zh,
        kind=ChannelKind.SMS if to_phone else ChannelKind.RECORDER,
        address=address,
        language=recipient.language,
        text=text,
        fields={**recipient.words, "name": recipient.name_zh, "subject": campaign.name_zh},
        rule=f"campaign.{campaign.kind}",
        notice=NOTICE,
        priority=1 + Severity.RED - campaign.severity,
        due_at=at,
        expires_at=at + USEFUL_FOR,
        segments=measure(text).segments,
        drill=campaign.drill,
        life_safety=True,
        farm_id=recipient.farm_id,
        district_id=campaign.district_id,
    )
