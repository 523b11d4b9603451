"""CAP 1.2 as XML: written valid, read only when it is valid and harmless.

What comes from outside is refused with one sentence when it is too large, has a document type (entity bombs, external
entities), is not well-formed, is not valid by the OASIS schema, or names areas that are none.
"""

import math
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from lxml import etree

from alerts.cap import CapArea, CapInfo, CapMessage, CapReference, Point
from alerts.directory import LOCAL
from core.errors import DecodeError

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LONGEST = 2_000_000
"""A warning with detailed polygons is some 100 kB. [bytes]"""
_Q = f"{{{NAMESPACE}}}"


def write(message: CapMessage) -> bytes:
    """Return a message as XML, valid by the schema.

    Raises
    ------
    ValueError
        When it is not: the caller made a message that CAP has no place for.
    """
    root = etree.Element(f"{_Q}alert", nsmap={None: NAMESPACE})
    _texts(root, (("identifier", message.identifier), ("sender", message.sender), ("sent", _time(message.sent_at)),
                  ("status", message.status), ("msgType", message.msg_type), ("scope", message.scope),
                  ("restriction", message.restriction), ("note", message.note),
                  ("references", " ".join(_reference(one) for one in message.references))))  # fmt: skip
    for info in message.infos:
        _info(etree.SubElement(root, f"{_Q}info"), info)
    schema = _schema()
    if not schema.validate(root):
        raise ValueError(f"not a valid CAP message: {_first(schema)}")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def read(octets: bytes) -> CapMessage:
    """Return the message of some XML.

    Raises
    ------
    DecodeError
        With one sentence that says what is wrong with it.
    """
    root = parse_safely(octets)
    if root.tag != f"{_Q}alert":
        raise DecodeError(f"Not a CAP 1.2 message: its root is {root.tag!r}; ask the sender for CAP 1.2.")
    schema = _schema()
    if not schema.validate(root):
        raise DecodeError(f"Not valid by the CAP 1.2 schema: {_first(schema)}")
    message = CapMessage(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent_at=_instant(_text(root, "sent")),
        status=_text(root, "status"),
        msg_type=_text(root, "msgType"),
        scope=_text(root, "scope"),
        restriction=_text(root, "restriction"),
        note=_text(root, "note"),
        references=tuple(_read_reference(one) for one in _text(root, "references").split()),
        infos=tuple(_read_info(one) for one in root.iterfind(f"{_Q}info")),
    )
    _check(message)
    return message


def parse_safely(octets: bytes) -> etree._Element:
    """Return the root of some XML from outside, with no entity expanded and nothing fetched; DecodeError else."""
    if len(octets) > LONGEST:
        raise DecodeError(f"The message has {len(octets)} bytes, more than {LONGEST}: it is not read.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise DecodeError(f"Not well-formed XML ({exc}): the message is refused.") from exc
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise DecodeError("The message declares a document type, which warnings never need: it is refused.")
    return root


def text_of(octets: bytes) -> str:
    """Return the XML of a message as text, whatever encoding it came in (GB 18030, UTF-16); DecodeError as `read`."""
    return str(etree.tostring(parse_safely(octets), encoding="unicode"))


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(files("services").joinpath("schemas", "CAP-v1.2.xsd").read_bytes()))


def _first(schema: etree.XMLSchema) -> str:
    error = schema.error_log[0]
    return f"line {error.line}: {error.message.replace(_Q, '')}"


def _check(message: CapMessage) -> None:
    """Refuse what the schema cannot see (CAP 1.2 section 3.2)."""
    for name, value in (("identifier", message.identifier), ("sender", message.sender)):
        if not value or any(char in value for char in " ,<&"):
            raise DecodeError(f"The {name} {value!r} must not be empty nor hold spaces, commas, < or &.")
    if message.msg_type in ("Update", "Cancel") and not message.references:
        raise DecodeError(f"{message.msg_type} {message.identifier} names no message that it belongs to.")


def _info(node: etree._Element, info: CapInfo) -> None:
    _texts(node, (("language", info.language), *(("category", one) for one in info.category), ("event", info.event),
                  *(("responseType", one) for one in info.response), ("urgency", info.urgency),
                  ("severity", info.severity), ("certainty", info.certainty), ("effective", _time(info.effective_at)),
                  ("onset", _time(info.onset_at)), ("expires", _time(info.expires_at)),
                  ("senderName", info.sender_name), ("headline", info.headline), ("description", info.description),
                  ("instruction", info.instruction), ("web", info.web), ("contact", info.contact)))  # fmt: skip
    for name, value in info.parameters:
        _texts(etree.SubElement(node, f"{_Q}parameter"), (("valueName", name), ("value", value)))
    for area in info.areas:
        part = etree.SubElement(node, f"{_Q}area")
        _texts(part, (("areaDesc", area.description), *(("polygon", _polygon(one)) for one in area.polygons),
                      *(("circle", f"{c[0]:.5f},{c[1]:.5f} {radius:g}") for c, radius in area.circles)))  # fmt: skip
        for name, value in area.geocodes:
            _texts(etree.SubElement(part, f"{_Q}geocode"), (("valueName", name), ("value", value)))


def _texts(node: etree._Element, rows: tuple[tuple[str, str], ...]) -> None:
    for name, value in rows:
        if value:
            etree.SubElement(node, f"{_Q}{name}").text = clean(value)


def clean(text: str) -> str:
    """Return a text without the control characters that XML 1.0 has no place for."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff" and not "\ud800" <= char <= "\udfff"))  # fmt: skip # noqa: E501


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(LOCAL).isoformat(timespec="seconds")


def _reference(one: CapReference) -> str:
    return f"{one.sender},{one.identifier},{_time(one.sent_at)}"


def _polygon(points: tuple[Point, ...]) -> str:
    return " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in points)


def _read_info(node: etree._Element) -> CapInfo:
    return CapInfo(
        language=_text(node, "language") or "en-US",
        category=_all(node, "category"),
        event=_text(node, "event"),
        response=_all(node, "responseType"),
        urgency=_text(node, "urgency"),
        severity=_text(node, "severity"),
        certainty=_text(node, "certainty"),
        effective_at=_optional(node, "effective"),
        onset_at=_optional(node, "onset"),
        expires_at=_optional(node, "expires"),
        sender_name=_text(node, "senderName"),
        headline=_text(node, "headline"),
        description=_text(node, "description"),
        instruction=_text(node, "instruction"),
        web=_text(node, "web"),
        contact=_text(node, "contact"),
        parameters=_pairs(node, "parameter"),
        areas=tuple(_read_area(one) for one in node.iterfind(f"{_Q}area")),
    )


def _read_area(node: etree._Element) -> CapArea:
    return CapArea(
        description=_text(node, "areaDesc"),
        polygons=tuple(_read_polygon(one) for one in _all(node, "polygon") if one),
        circles=tuple(_read_circle(one) for one in _all(node, "circle") if one),
        geocodes=_pairs(node, "geocode"),
    )


def _read_polygon(text: str) -> tuple[Point, ...]:
    points = tuple(_point(one) for one in text.split())
    if len(points) < 4 or points[0] != points[-1]:
        raise DecodeError(f"The polygon {text[:60]!r} is not closed or has fewer than 4 points.")
    return points


def _read_circle(text: str) -> tuple[Point, float]:
    try:
        centre, radius = text.split()
        radius_km = float(radius)
    except ValueError as exc:
        raise DecodeError(f"The circle {text[:60]!r} is not “lat,lon radius”.") from exc
    if not 0 <= radius_km <= 20_100:
        raise DecodeError(f"The circle {text[:60]!r} has no radius between 0 and half the earth's circumference.")
    return _point(centre), radius_km


def _point(text: str) -> Point:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise DecodeError(f"{text[:40]!r} is not a “lat,lon” point.") from exc
    if not (math.isfinite(lat) and abs(lat) <= 90 and math.isfinite(lon) and abs(lon) <= 180):
        raise DecodeError(f"{text[:40]!r} is not a place on earth.")
    return lat, lon


def _read_reference(text: str) -> CapReference:
    parts = text.split(",")
    if len(parts) != 3:
        raise DecodeError(f"The reference {text[:60]!r} is not “sender,identifier,sent”.")
    return CapReference(sender=parts[0], identifier=parts[1], sent_at=_instant(parts[2]))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        instant = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise DecodeError(f"{text[:40]!r} is not a time.") from exc
    if not 1970 <= instant.year <= 2200:
        raise DecodeError(f"{text[:40]!r} is no time that a warning can have.")
    return instant


def _optional(node: etree._Element, name: str) -> datetime | None:
    text = _text(node, name)
    return _instant(text) if text else None


def _text(node: etree._Element, name: str) -> str:
    return (node.findtext(f"{_Q}{name}") or "").strip()


def _all(node: etree._Element, name: str) -> tuple[str, ...]:
    return tuple((one.text or "").strip() for one in node.iterfind(f"{_Q}{name}"))


def _pairs(node: etree._Element, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((_text(one, "valueName"), _text(one, "value")) for one in node.iterfind(f"{_Q}{name}"))
