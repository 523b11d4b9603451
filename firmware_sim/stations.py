"""Stations that are no boats: aids to navigation, coast stations, rescue aircraft."""

from firmware_sim import behaviour as act
from firmware_sim.cast import Actor, Label, Transponder
from firmware_sim.chart import Point
from firmware_sim.company import Company
from firmware_sim.tracks import moved


def aton(office: Company, n: int) -> None:
    """An aid to navigation, every third a virtual one."""
    places = ((27.755, 121.335), (27.905, 121.350), (27.640, 121.330), (27.830, 121.290), (27.560, 121.400))
    place = moved(places[n % 5], 45.0 * n, 0.4 * (n // 5))
    virtual = n % 3 == 2
    mmsi = 994_126_000 + (500 if virtual else 0) + n
    name = ("DONGTOU NO.1", "HUANGDAO BUOY", "BEIJI LIGHT", "FARM BOUNDARY MARK EAST", "WRECK MARK")[n % 5] + (
        f" {n // 5}" if n > 4 else ""
    )
    _station(
        office,
        "aton",
        n,
        mmsi,
        name,
        place,
        Transponder(mmsi=mmsi, station="aton", name=name, aton_kind=(30, 20, 14, 23, 28)[n % 5], virtual=virtual),
    )


def base(office: Company, n: int) -> None:
    """A coast station."""
    mmsi = 4_126_500 + n
    _station(office, "base_station", n, mmsi, "", (27.842 + 0.1 * n, 121.150), Transponder(mmsi=mmsi, station="base"))


def aircraft(office: Company, n: int) -> None:
    """A search and rescue aircraft on patrol."""
    mmsi = 111_412_500 + n
    ident = office.id("sar_aircraft")
    office.add(
        Actor(
            label=Label(target_id=ident, target_class="sar_aircraft", mmsis=(mmsi,)),
            track=act.patrol_flight(office.seed, ident, anchor_s=office.anchor_s),
            radar=False,
            transponders=(Transponder(mmsi=mmsi, station="sar"),),
        )
    )


def _station(office: Company, kind: str, n: int, mmsi: int, name: str, place: Point, aerial: Transponder) -> None:
    office.add(
        Actor(
            label=Label(target_id=office.id(kind), target_class=kind, mmsis=(mmsi,), name=name),
            track=act.lying(place, anchor_s=office.anchor_s),
            transponders=(aerial,),
            radar=False,
        )
    )
