"""The evidence dossier of one alert as a value; `dossier_html` and the PDF show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

CHINA_TIME = timezone(timedelta(hours=8))
LIMBS = {"name": "船名船号", "certificate": "证书", "port": "船籍港", "match": "身份一致"}
STATES = {"satisfied": "符合", "failed": "不符合", "unknown": "待核实"}
SIGNATURES = ("承办人", "复核人", "日期")
REGISTER_WORDS = {
    "name_zh": "船名", "name_pinyin": "船名拼音", "mmsi": "MMSI", "extra_mmsi": "其他 MMSI", "call_sign": "呼号",
    "boat_id": "登记档案号", "certificate_no": "登记证书编号", "registration_until": "登记证书有效期至",
    "inspection_no": "检验证书编号", "inspection_until": "检验证书有效期至", "permit_no": "捕捞许可证编号",
    "permit_until": "捕捞许可证有效期至", "port": "船籍港", "gear": "作业类型", "vessel_type": "船舶类型",
    "length_m": "船长 (m)", "beam_m": "型宽 (m)", "tonnage_gt": "总吨", "power_kw": "主机功率 (kW)",
    "wind_class_bft": "抗风等级 (级)", "hs_limit_m": "抗浪 Hs (m)", "min_crew": "最低配员 (人)",
    "max_persons": "核定人数 (人)", "group": "编组", "owner": "船舶所有人", "exempt_kind": "豁免类别",
    "version": "登记版本", "valid_from": "版本生效", "valid_until": "版本失效",
}  # fmt: skip
"""Columns of the register as an officer reads them, in the order in which the dossier shows them."""


@dataclass(frozen=True, kw_only=True)
class RawSentence:
    """One sentence as received, tag block included, and who heard it."""

    observed_at: datetime
    receiver: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TrackPoint:
    """One position of the target. [deg, kn]"""

    observed_at: datetime
    lat_deg: float
    lon_deg: float
    sog_kn: float | None = None
    cog_deg: float | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A named place on the map."""

    name: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened: to the target, to the alert, or by a person."""

    at: datetime
    what: str


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Everything that proves one alert.

    Parameters
    ----------
    limbs
        name, certificate, port, match: ``state``, ``reason_zh``, ``reason_en``.
    register
        The register row as of the sighting, column to text; empty when there is none.
    decoded
        One row a sentence: time, receiver and every field.
    land
        Rings of the coast, (lon, lat) pairs: a sketch, not for navigation.
    places
        Named places around the track.
    particulars
        What the target said and did: word and value.
    rules
        Rule file, version and SHA-256.
    """

    bundle_no: int
    alert_id: str
    title_zh: str
    title_en: str
    target_id: str
    made_at: datetime
    actor: str
    reason_zh: str
    reason_en: str
    probability: float | None = None
    limbs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reasons_zh: Sequence[str] = ()
    register: Mapping[str, str] = field(default_factory=dict)
    track: Sequence[TrackPoint] = ()
    timeline: Sequence[TimelineEntry] = ()
    raw: Sequence[RawSentence] = ()
    decoded: Sequence[Mapping[str, Any]] = ()
    rules: Sequence[tuple[str, str, str]] = ()
    land: Sequence[Sequence[tuple[float, float]]] = ()
    places: Sequence[Place] = ()
    particulars: Sequence[tuple[str, str]] = ()
    coast_notice: str = ""

    @property
    def register_title(self) -> str:
        """Return the heading of the register row: which version of it, as of the sighting."""
        version = self.register.get("version")
        return "发现时的登记 Register row at the time" + (f"（第 {version} 版 version {version}）" if version else "")

    def register_rows(self) -> list[tuple[str, str]]:
        """Return the register row with the words that an officer knows."""
        return [(word, self.register[name]) for name, word in REGISTER_WORDS.items() if name in self.register]

    def limbs_in_order(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return the limbs as the law names them: name, certificates, port, and whether the boat is the same."""
        return [(name, self.limbs[name]) for name in LIMBS if name in self.limbs]


def local(at: datetime) -> str:
    """Return an instant in China's time as people read it."""
    return at.astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")


def utc_text(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
