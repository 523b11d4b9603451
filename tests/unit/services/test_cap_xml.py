"""CAP 1.2: ours is valid by the OASIS schema, theirs is read, hostile XML is refused with a sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import cap, lifecycle, rules
from alerts.cap import CapArea, CapInfo, CapMessage, CapReference, Sender
from core.errors import DecodeError
from core.finding import Condition, Finding, Place, Severity, Subject, SubjectKind
from services import cap_xml
from services.cap_in import _links

RULES = rules.load(Path(__file__).parents[3] / "config" / "rules").policies
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
words = st.text(max_size=60)
times = st.integers(86_400, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
places = st.tuples(st.floats(-80, 80), st.floats(-170, 170))


def storm(condition: Condition = Condition.ACTIVE, severity: Severity = Severity.ORANGE, **more: object) -> Finding:
    fields: dict[str, object] = {
        "key": "waves.forecast:dt01-c01", "rule": "waves.forecast", "rule_version": "1", "condition": condition,
        "severity": severity, "subject": Subject(kind=SubjectKind.CAGE, id="dt01-c01", name="1号网箱"),
        "observed_at": AT, "reason_zh": "明日浪高5.2m", "reason_en": "Hs 5.2 m tomorrow", "advice_zh": "请加固",
        "advice_en": "Secure the cage", "place": Place(lat_deg=27.8, lon_deg=121.2), "probability": 0.7,
        "valid_from": AT + timedelta(hours=12), "valid_until": AT + timedelta(hours=30),
    }  # fmt: skip
    return Finding(**(fields | more))  # type: ignore[arg-type]


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    place = draw(st.none() | places)
    return storm(
        severity=draw(st.sampled_from(list(Severity))),
        reason_zh=draw(words), reason_en=draw(words), advice_zh=draw(words), advice_en=draw(words),
        place=None if place is None else Place(lat_deg=place[0], lon_deg=place[1]),
        valid_from=draw(st.none() | times), valid_until=draw(st.none() | times),
        probability=draw(st.none() | st.floats(0, 1)),
        subject=Subject(kind=SubjectKind.CAGE, id="dt01-c01", name=draw(words)),
    )  # fmt: skip


@given(findings())
@settings(max_examples=80, deadline=None)
def test_every_message_of_ours_is_valid_and_read_back(finding: Finding) -> None:
    outcome = lifecycle.step(None, finding, at=min(AT, finding.valid_until or AT), policies=RULES)
    assert outcome is not None
    message = cap.current(outcome.alert, outcome.events, RULES.of(finding.rule), Sender())
    assert message is not None
    back = cap_xml.read(cap_xml.write(message))
    assert (back.identifier, back.severity, back.msg_type) == (message.identifier, finding.severity, "Alert")
    assert [info.language for info in back.infos] == ["zh-CN", "en"]


def test_life_of_an_alert_is_alert_update_cancel_with_references() -> None:
    first = lifecycle.step(None, storm(), at=AT, policies=RULES)
    assert first is not None
    worse = lifecycle.step(first.alert, storm(severity=Severity.RED), at=AT + timedelta(minutes=5), policies=RULES)
    assert worse is not None
    begun = lifecycle.step(worse.alert, storm(Condition.CLEARED), at=AT + timedelta(minutes=10), policies=RULES)
    assert begun is not None
    clear = lifecycle.step(begun.alert, storm(Condition.CLEARED), at=AT + timedelta(minutes=50), policies=RULES)
    assert clear is not None
    told = cap.messages_of(
        clear.alert, [*first.events, *worse.events, *clear.events], RULES.of("waves.forecast"), Sender()
    )
    assert [message.msg_type for message in told] == ["Alert", "Update", "Cancel"]
    assert [one.identifier for one in told[2].references] == [told[0].identifier, told[1].identifier]
    assert told[2].infos[0].response == ("AllClear",)
    assert all(cap_xml.read(cap_xml.write(message)).scope == "Public" for message in told)


def test_suspicion_of_a_boat_is_never_public() -> None:
    outcome = lifecycle.step(None, storm(rule="vessels.identity.unregistered"), at=AT, policies=RULES)
    assert outcome is not None
    message = cap.current(outcome.alert, outcome.events, RULES.of("vessels.identity.unregistered"), Sender())
    assert message is not None
    assert (message.scope, bool(message.restriction)) == ("Restricted", True)


EXAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>33000041600000_20261123180000</identifier>
  <sender>zjhyyb@example.gov.cn</sender>
  <sent>2026-11-23T18:00:00+08:00</sent>
  <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
  <info>
    <language>zh-CN</language><category>Met</category><event>海浪</event>
    <urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
    <expires>2026-11-24T18:00:00+08:00</expires>
    <senderName>浙江省海洋监测预报中心</senderName>
    <headline>洞头近岸海域海浪橙色警报</headline>
    <instruction>请船只回港避风</instruction>
    <area><areaDesc>洞头近岸</areaDesc>
      <polygon>27.5,120.9 28.1,120.9 28.1,121.6 27.5,121.6 27.5,120.9</polygon>
      <circle>27.9,121.9 10</circle></area>
  </info>
</alert>"""


def test_official_warning_is_read_with_its_area() -> None:
    message = cap_xml.read(EXAMPLE.encode())
    assert message.severity is Severity.ORANGE
    assert message.expires_at == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert cap.inside(message, (27.8, 121.2))
    assert cap.inside(message, (27.95, 121.95)), "in the circle"
    assert cap.inside(message, (27.5, 121.0)), "the edge counts as inside"
    assert not cap.inside(message, (29.0, 121.2))


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&d;</identifier></alert>"""


@pytest.mark.parametrize(
    ("case", "octets", "why"),
    [
        ("entity bomb", BOMB.encode(), "document type"),
        ("external entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document type"),
        ("external subset", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "document type"),
        ("utf-16 bomb",
         BOMB.replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16"), "document type"),
        ("cut off", EXAMPLE.encode()[:300], "well-formed"),
        ("not xml", b"\x00\xff\x00", "well-formed"),
        ("empty", b"", "well-formed"),
        ("deep", b"<a>" * 100_000, "well-formed"),
        ("huge", b"<a>" + b" " * 3_000_000 + b"</a>", "more than"),
        ("other root", b"<html/>", "root"),
        ("CAP 1.1", EXAMPLE.replace("cap:1.2", "cap:1.1").encode(), "CAP 1.2"),
        ("bad status", EXAMPLE.replace("Actual", "Bogus").encode(), "schema"),
        ("time without offset", EXAMPLE.replace("+08:00</sent>", "Z</sent>").encode(), "schema"),
        ("open polygon", EXAMPLE.replace("27.5,121.6 27.5,120.9</", "27.5,121.6</").encode(), "closed"),
        ("place off earth", EXAMPLE.replace("27.5,120.9 28.1", "97.5,120.9 28.1").encode(), "earth"),
        ("place not a number", EXAMPLE.replace("27.9,121.9 10", "nan,121.9 10").encode(), "earth"),
        ("circle without radius", EXAMPLE.replace("27.9,121.9 10", "27.9,121.9").encode(), "radius"),
        ("update of nothing", EXAMPLE.replace(">Alert<", ">Update<").encode(), "names no message"),
        ("identifier with a comma", EXAMPLE.replace("33000041600000_", "3300,").encode(), "identifier"),
    ],
)  # fmt: skip
def test_hostile_or_malformed_message_is_refused_with_a_sentence(case: str, octets: bytes, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        cap_xml.read(octets)


@given(st.binary(max_size=400) | st.builds(
    lambda cut, junk: EXAMPLE.encode()[:cut] + junk + EXAMPLE.encode()[cut:], st.integers(0, len(EXAMPLE)),
    st.binary(max_size=20),
))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(octets: bytes) -> None:
    try:
        cap_xml.read(octets)
    except DecodeError as exc:
        assert str(exc)


@given(
    st.lists(places, min_size=3, max_size=6),
    st.floats(0, 500),
    st.sampled_from(["Extreme", "Severe", "Unknown"]),
    words,
)
@settings(max_examples=50, deadline=None)
def test_messages_with_every_field_are_read_back_the_same(
    corners: list[tuple[float, float]], radius: float, severity: str, text: str
) -> None:
    ring = tuple((round(lat, 5), round(lon, 5)) for lat, lon in corners)
    info = CapInfo(
        language="zh-CN", category=("Met", "Safety"), event="大风", urgency="Immediate", severity=severity,
        certainty="Observed", response=("Shelter",), onset_at=AT, expires_at=AT + timedelta(hours=1),
        description=cap_xml.clean(text).replace("\r", "").strip(), parameters=(("hs_m", "5.2"),),
        areas=(CapArea(description="海区", polygons=((*ring, ring[0]),), circles=((ring[0], float(f"{radius:g}")),),
                       geocodes=(("行政区划", "330305"),)),),
    )  # fmt: skip
    message = CapMessage(
        identifier="id1", sender="a@b", sent_at=AT, status="Actual", msg_type="Update", scope="Public", infos=(info,),
        references=(CapReference(sender="a@b", identifier="id0", sent_at=AT - timedelta(hours=1)),),
    )  # fmt: skip
    assert cap_xml.read(cap_xml.write(message)) == message


def test_polygon_around_a_place_is_closed_and_holds_it() -> None:
    ring = cap.around(Place(lat_deg=27.8, lon_deg=121.2), 15.0)
    assert ring[0] == ring[-1] and len(ring) == 25
    assert cap.in_polygon(ring, (27.8, 121.2))
    assert not cap.in_polygon(ring, (27.8, 121.4))


def test_times_of_messages_carry_beijing_offset() -> None:
    message = CapMessage(
        identifier="i", sender="s", sent_at=AT.astimezone(timezone(timedelta(hours=-5))), status="Test",
        msg_type="Alert", scope="Public",
    )  # fmt: skip
    assert b"<sent>2026-11-23T18:00:00+08:00</sent>" in cap_xml.write(replace(message))


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_time_no_warning_can_have_is_refused(year: str) -> None:
    octets = cap_xml.write(cap_message()).replace(b"2026-11-24", f"{year}-12-31".encode())
    assert f"{year}-12-31".encode() in octets
    with pytest.raises(DecodeError, match="time"):
        cap_xml.read(octets)


def cap_message() -> CapMessage:
    info = CapInfo(
        language="zh-CN", category=("Met",), event="海浪", urgency="Expected", severity="Moderate", certainty="Likely",
        expires_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    )  # fmt: skip
    return CapMessage(
        identifier="w1", sender="cma@example.cn", sent_at=AT, status="Actual", msg_type="Alert", scope="Public",
        infos=(info,),
    )  # fmt: skip


def test_feed_with_a_link_that_is_no_address_keeps_the_others() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://[bad"/></entry>'
        '<entry><link href="file:///etc/passwd"/></entry><entry><link href="w1.xml"/></entry></feed>'
    )
    assert _links(feed.encode(), "http://127.0.0.1/cap/") == ["http://127.0.0.1/cap/w1.xml"]


@pytest.mark.parametrize(
    ("name", "msg_type", "severity", "areas", "polygons"),
    [
        ("nws-two-polygons", "Update", "Extreme", 1, 2),
        ("usgs-earthquake-latin1", "Alert", "Unknown", 1, 0),
        ("wcatwc-tsunami-warning", "Update", "Extreme", 1, 0),
    ],
)
def test_message_of_a_foreign_authority_is_read(
    name: str, msg_type: str, severity: str, areas: int, polygons: int
) -> None:
    octets = (Path(__file__).parents[2] / "data" / "cap" / f"{name}.xml").read_bytes()
    message = cap_xml.read(octets)
    assert message.msg_type == msg_type
    assert message.infos[0].severity == severity
    assert len(message.infos[0].areas) == areas
    assert sum(len(area.polygons) for area in message.infos[0].areas) == polygons
