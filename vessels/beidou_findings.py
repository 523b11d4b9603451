"""What an officer is told where AIS and Beidou of a boat differ, or the Beidou feed is out."""

from collections.abc import Iterable
from datetime import UTC, datetime

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from vessels.beidou import CrossCheck, Episode, Kind

RULE = "vessels.beidou"
FEED_KEY = f"{RULE}.feed:feed"
_SEVERITY = {Kind.AIS_SILENT: Severity.YELLOW, Kind.BEIDOU_SILENT: Severity.BLUE, Kind.APART: Severity.ORANGE}
_ADVICE = {
    Kind.AIS_SILENT: ("请用电话或北斗联系该船，核实 AIS 是否关闭", "Call the boat by phone or Beidou: is its AIS off?"),
    Kind.BEIDOU_SILENT: ("请用电话或甚高频联系该船，检查北斗终端", "Call the boat by phone or VHF: check the terminal"),
    Kind.APART: ("请核实哪一处是本船：可能被套用号码，或终端不在船上", "Which is she? Number or terminal is elsewhere"),
}  # fmt: skip
_OVER = {
    Kind.AIS_SILENT: ("AIS 已恢复", "AIS is heard again"),
    Kind.BEIDOU_SILENT: ("北斗已恢复", "Beidou is heard again"),
    Kind.APART: ("AIS 与北斗船位已一致", "AIS and Beidou agree again"),
}


def key_of(kind: Kind, mmsi: int | None) -> str:
    """Return the key of a finding about one boat."""
    return f"{RULE}.{kind.value}:{mmsi}"


def words(episode: Episode) -> tuple[str, str]:
    """Return in Chinese and English in what AIS and Beidou of a boat differ."""
    minutes = (episode.last_s - episode.silent_since_s) / 60
    moved = episode.distance_nm
    if episode.kind is Kind.AIS_SILENT:
        return (
            f"AIS 已静默 {minutes:.0f} 分钟，北斗仍在报位，航行 {moved:.1f} 海里",
            f"AIS silent for {minutes:.0f} min while Beidou goes on reporting, {moved:.1f} nmi sailed",
        )
    if episode.kind is Kind.BEIDOU_SILENT:
        return (
            f"北斗已静默 {minutes:.0f} 分钟，AIS 仍在播发，航行 {moved:.1f} 海里",
            f"Beidou silent for {minutes:.0f} min while AIS goes on sending, {moved:.1f} nmi sailed",
        )
    return (
        f"同一时间 AIS 与北斗船位相距 {moved:.1f} 海里",
        f"AIS and Beidou put the boat {moved:.1f} nmi apart at the same time",
    )


def findings(check: CrossCheck, at: datetime, open_keys: frozenset[str]) -> list[Finding]:
    """Return what holds now, and how the open findings stand: ended, or not to be judged."""
    told = {key_of(e.kind, e.boat.mmsi): e for e in check.running() if _is_fresh(e, check, at)}
    found = [finding(episode, check, Condition.ACTIVE) for episode in told.values()]
    for key in sorted(open_keys - told.keys()):
        if key.startswith(f"{RULE}.") and key != FEED_KEY:
            found += _rest(key, check, at)
    return found + _feed(check, at, FEED_KEY in open_keys)


def _is_fresh(episode: Episode, check: CrossCheck, at: datetime) -> bool:
    """Return whether the side that sees the boat still does: with both silent nothing is known."""
    silent = check.rules.ais_silent_s if episode.kind is Kind.BEIDOU_SILENT else check.rules.beidou_silent_s
    return at.timestamp() - episode.last_s <= silent


def finding(episode: Episode, check: CrossCheck, condition: Condition) -> Finding:
    """Return the finding about one boat."""
    zh, en = words(episode)
    advice_zh, advice_en = _ADVICE[episode.kind]
    row = episode.boat
    return Finding(
        key=key_of(episode.kind, row.mmsi), rule=f"{RULE}.{episode.kind.value}", rule_version=check.rules.version,
        condition=condition, severity=_SEVERITY[episode.kind],
        subject=Subject(kind=SubjectKind.VESSEL, id=str(row.mmsi), name=row.name_zh), observed_at=_at(episode.last_s),
        reason_zh=zh, reason_en=en, advice_zh=advice_zh, advice_en=advice_en,
        place=Place(lat_deg=episode.lat_deg, lon_deg=episode.lon_deg), probability=check.rules.probability,
        evidence=tuple(_evidence(episode)),
        values={
            "since_min": round((episode.last_s - episode.silent_since_s) / 60, 1), "reports": float(episode.reports),
            "distance_nm": round(episode.distance_nm, 2), "coverage": round(episode.chance, 2),
        },
    )  # fmt: skip


def _evidence(episode: Episode) -> Iterable[Evidence]:
    row = episode.boat
    yield Evidence(kind="register", text=f"{row.name_zh}，MMSI {row.mmsi}", ref=f"{row.boat_id}:{row.version}")
    if episode.kind is not Kind.APART:
        last = "last_ais" if episode.kind is Kind.AIS_SILENT else "last_beidou"
        yield Evidence(kind=last, text=f"MMSI {row.mmsi}", observed_at=_at(episode.silent_since_s))
    yield Evidence(
        kind="position", text=f"{episode.lat_deg:.4f}N {episode.lon_deg:.4f}E", observed_at=_at(episode.last_s)
    )


def _rest(key: str, check: CrossCheck, at: datetime) -> list[Finding]:
    """Return CLEARED for a boat whose silent side is heard again (or agrees), UNKNOWN where nothing can be said."""
    rule, _, number = key.partition(":")
    name = rule.removeprefix(f"{RULE}.")
    if name not in set(Kind) or not number.isdigit():
        return []
    kind = Kind(name)
    ais, beidou = check.newest(int(number))
    heard = {
        Kind.AIS_SILENT: ais is not None and at.timestamp() - ais.at_s <= check.rules.ais_silent_s,
        Kind.BEIDOU_SILENT: beidou is not None and at.timestamp() - beidou.at_s <= check.rules.beidou_silent_s,
        Kind.APART: ais is not None and beidou is not None and not check.is_running(int(number), Kind.APART),
    }[kind]
    zh, en = _OVER[kind] if heard else ("两者都没有新的船位，无法判断", "Neither has a new position: cannot judge")
    return [
        Finding(
            key=key, rule=rule, rule_version=check.rules.version,
            condition=Condition.CLEARED if heard else Condition.UNKNOWN, severity=_SEVERITY[kind],
            subject=Subject(kind=SubjectKind.VESSEL, id=number, name=f"MMSI {number}"), observed_at=at,
            reason_zh=zh, reason_en=en,
        )
    ]  # fmt: skip


def _feed(check: CrossCheck, at: datetime, is_open: bool) -> list[Finding]:
    silent_s = check.feed_silent_s(at.timestamp())
    if silent_s is None and not is_open:
        return []
    minutes = (silent_s or 0.0) / 60
    zh = f"北斗船位数据已中断 {minutes:.0f} 分钟" if silent_s is not None else "北斗船位数据已恢复"
    en = f"No Beidou position for {minutes:.0f} min" if silent_s is not None else "Beidou positions arrive again"
    return [
        Finding(
            key=FEED_KEY, rule=f"{RULE}.feed", rule_version=check.rules.version,
            condition=Condition.CLEARED if silent_s is None else Condition.ACTIVE, severity=Severity.YELLOW,
            subject=Subject(kind=SubjectKind.RECEIVER, id="beidou", name="北斗数据"), observed_at=at,
            reason_zh=zh, reason_en=en, advice_zh="请检查北斗数据接入；期间不判断北斗静默",
            advice_en="Check where Beidou positions come from; no terminal is called silent meanwhile",
            values={"silent_min": round(minutes, 1)},
        )
    ]  # fmt: skip


def _at(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
