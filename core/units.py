"""The quantities huangyu measures: name with unit, SenML unit on the wire, and the words for people.

SenML units are those of RFC 8428 section 12.1 and RFC 8798 where registered, else UCUM
(``mg/L``, ``[psu]`` has no UCUM code: the wire says ``/`` with the quantity's own name).
``low`` and ``high`` are physical limits for the gross-range test, not limits of fish welfare.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One measured quantity: `name` carries its unit, `senml` is the unit label on the wire."""

    name: str
    senml: str
    symbol: str
    zh: str
    en: str
    low: float
    high: float
    decimals: int = 1


def _row(name: str, senml: str, symbol: str, zh: str, en: str, low: float, high: float, decimals: int = 1) -> Quantity:
    return Quantity(name=name, senml=senml, symbol=symbol, zh=zh, en=en, low=low, high=high, decimals=decimals)


QUANTITIES: dict[str, Quantity] = {
    q.name: q
    for q in (
        _row("do_mg_l", "mg/L", "mg/L", "溶氧", "dissolved oxygen", 0, 30, 2),
        _row("do_sat_pct", "/100", "%", "溶氧饱和度", "oxygen saturation", 0, 300),
        _row("water_temp_c", "Cel", "℃", "水温", "water temperature", -3, 45),
        _row("salinity_psu", "psu", "PSU", "盐度", "salinity", 0, 45),
        _row("conductivity_us_cm", "uS/cm", "µS/cm", "电导率", "conductivity", 0, 80_000, 0),
        _row("ph", "pH", "", "酸碱度", "pH", 0, 14, 2),
        _row("orp_mv", "mV", "mV", "氧化还原电位", "redox potential", -1500, 1500, 0),
        _row("turbidity_ntu", "NTU", "NTU", "浊度", "turbidity", 0, 4000),
        _row("chlorophyll_ug_l", "ug/L", "µg/L", "叶绿素", "chlorophyll a", 0, 500),
        _row("current_mps", "m/s", "m/s", "流速", "current speed", 0, 6, 2),
        _row("current_dir_deg", "deg", "°", "流向", "current direction, towards", 0, 360, 0),
        _row("water_level_m", "m", "m", "潮位", "water level", -10, 15, 2),
        _row("hs_m", "m", "m", "有效波高", "significant wave height", 0, 25),
        _row("tp_s", "s", "s", "谱峰周期", "peak wave period", 0, 40),
        _row("dp_deg", "deg", "°", "波向", "peak wave direction, from", 0, 360, 0),
        _row("wind_mps", "m/s", "m/s", "风速", "wind speed", 0, 90),
        _row("wind_dir_deg", "deg", "°", "风向", "wind direction, from", 0, 360, 0),
        _row("gust_mps", "m/s", "m/s", "阵风", "wind gust", 0, 120),
        _row("air_temp_c", "Cel", "℃", "气温", "air temperature", -40, 60),
        _row("dew_point_c", "Cel", "℃", "露点", "dew point", -60, 60),
        _row("humidity_pct", "%RH", "%", "相对湿度", "relative humidity", 0, 100, 0),
        _row("pressure_hpa", "hPa", "hPa", "气压", "air pressure", 850, 1100),
        _row("light_umol", "umol/(m2.s)", "µmol/m²s", "光照", "photosynthetic light", 0, 3000, 0),
        _row("tension_kn", "kN", "kN", "缆绳张力", "mooring line tension", 0, 2000),
        _row("net_depth_m", "m", "m", "网底深度", "net bottom depth", 0, 80),
        _row("battery_v", "V", "V", "电池电压", "battery voltage", 0, 80, 2),
        _row("pv_v", "V", "V", "光伏电压", "solar voltage", 0, 250, 1),
        _row("pv_a", "A", "A", "光伏电流", "solar current", 0, 100, 2),
        _row("pv_w", "W", "W", "光伏功率", "solar power", 0, 5000, 0),
        _row("charge_a", "A", "A", "充电电流", "charging current", 0, 100, 2),
        _row("charge_w", "W", "W", "充电功率", "charging power", 0, 5000, 0),
        _row("supply_mv", "mV", "mV", "供电电压", "supply voltage", 0, 60_000, 0),
        _row("probe_mv", "mV", "mV", "探头电压", "probe voltage", -2000, 2000, 0),
        _row("tilt_deg", "deg", "°", "倾角", "tilt", -90, 90),
        _row("signal_pct", "/100", "%", "信号质量", "signal quality", 0, 100, 0),
        _row("uptime_s", "s", "s", "通电时长", "time since power-up", 0, 1e10, 0),
        _row("lat_deg", "lat", "°", "纬度", "latitude", -90, 90, 5),
        _row("lon_deg", "lon", "°", "经度", "longitude", -180, 180, 5),
        _row("aerator_on", "/", "", "增氧机", "aerator running", 0, 1, 0),
        _row("feeder_on", "/", "", "投饵机", "feeder running", 0, 1, 0),
        _row("fish_count", "count", "尾", "鱼数", "fish counted", 0, 1e7, 0),
        _row("fish_length_cm", "cm", "cm", "体长", "fish length", 0, 120),
    )
}
