"""What a target at sea turned out to be, and how each limb of the identity test stands."""

from enum import StrEnum


class TargetClass(StrEnum):
    """Class of a target; the words stand in the database, in findings and in the output of screening."""

    REGISTERED = "registered"
    EXEMPT = "exempt"
    MERCHANT = "merchant"
    FOREIGN = "foreign"
    UNREGISTERED = "unregistered"
    BORROWED_IDENTITY = "borrowed_identity"
    SEVERAL_MMSI = "several_mmsi"
    SHARED_MMSI = "shared_mmsi"
    GEAR_BUOY = "gear_buoy"
    MISCONFIGURED = "misconfigured"
    DISTRESS = "distress"
    ATON = "aton"
    BASE_STATION = "base_station"
    SAR_AIRCRAFT = "sar_aircraft"
    UNIDENTIFIED = "unidentified"
    UNKNOWN = "unknown"

    @property
    def zh(self) -> str:
        """Return the Chinese word; a suspicion is always called one."""
        return _WORDS[self][0]

    @property
    def en(self) -> str:
        """Return the English word."""
        return _WORDS[self][1]

    @property
    def is_boat(self) -> bool:
        """Return whether people may be aboard, so that rules for boats apply."""
        return self not in _NOT_BOATS


class LimbState(StrEnum):
    """How one limb stands: FAILED speaks for suspicion, UNKNOWN never does."""

    SATISFIED = "satisfied"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def zh(self) -> str:
        """Return the Chinese word."""
        return {"satisfied": "符合", "failed": "不符合", "unknown": "待核实"}[self.value]


_WORDS = {
    TargetClass.REGISTERED: ("在册渔船", "registered boat"),
    TargetClass.EXEMPT: ("登记豁免船", "boat on the exempt list"),
    TargetClass.MERCHANT: ("商船", "merchant vessel"),
    TargetClass.FOREIGN: ("外籍或港澳台船", "vessel of another flag or region"),
    TargetClass.UNREGISTERED: ("疑似三无船舶", "suspected unregistered boat"),
    TargetClass.BORROWED_IDENTITY: ("疑似套牌", "suspected borrowed identity"),
    TargetClass.SEVERAL_MMSI: ("疑似一船多码", "suspected one boat, several MMSIs"),
    TargetClass.SHARED_MMSI: ("疑似一码多船", "suspected several boats, one MMSI"),
    TargetClass.GEAR_BUOY: ("网位仪", "AIS gear buoy"),
    TargetClass.MISCONFIGURED: ("设备信息写错", "misconfigured transponder"),
    TargetClass.DISTRESS: ("遇险示位设备", "distress device"),
    TargetClass.ATON: ("航标", "aid to navigation"),
    TargetClass.BASE_STATION: ("岸基台", "base station"),
    TargetClass.SAR_AIRCRAFT: ("搜救航空器", "search and rescue aircraft"),
    TargetClass.UNIDENTIFIED: ("身份不明目标", "unidentified target"),
    TargetClass.UNKNOWN: ("待研判", "not judged yet"),
}
_NOT_BOATS = frozenset(
    {
        TargetClass.GEAR_BUOY,
        TargetClass.DISTRESS,
        TargetClass.ATON,
        TargetClass.BASE_STATION,
        TargetClass.SAR_AIRCRAFT,
    }
)
