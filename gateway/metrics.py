"""What the gateway counts, as Prometheus samples; pure over the running parts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.web import Metrics

if TYPE_CHECKING:
    from gateway.app import Gateway

Samples = list[tuple[Mapping[str, str], float]]


def metrics(gateway: "Gateway") -> Metrics:
    """Return every metric of a running gateway; units of measure stand in the names."""
    spool, link = gateway.spool, gateway.uplink.state
    one: Samples = [({}, 1.0)]
    return {
        "huangyu_gateway_up": ("gauge", "Always 1 while the process answers.", one),
        "huangyu_gateway_uptime_seconds": ("gauge", "Time since the process started.", [({}, gateway.uptime_s())]),
        "huangyu_gateway_clock_state": ("gauge", "0 unsynced, 1 synced, 2 stepped.", [({}, int(gateway.clock.state))]),
        "huangyu_gateway_accepted_total": ("counter", "Items accepted by the spool.", [({}, gateway.spooler.accepted)]),
        "huangyu_gateway_commits_total": ("counter", "Durable commits of the spool.", [({}, gateway.spooler.commits)]),
        "huangyu_gateway_evicted_total": ("counter", "Rows given up by the quota.", [({}, spool.evicted_rows)]),
        "huangyu_gateway_waiting_items": (
            "gauge", "Items in memory, not yet accepted.", [({}, gateway.spooler.waiting)]
        ),
        "huangyu_gateway_disk_full": ("gauge", "1 while the disk takes nothing.", [({}, gateway.spooler.disk_full)]),
        "huangyu_gateway_spool_rows": (
            "gauge", "Accepted rows that the shore has not acknowledged.",
            [({"stream": str(stream)}, count) for stream, count in spool.counts.items()],
        ),
        "huangyu_gateway_connected": ("gauge", "1 while connected to the broker.", [({}, link.connected)]),
        "huangyu_gateway_connects_total": ("counter", "Connections made to the broker.", [({}, link.connects)]),
        "huangyu_gateway_batches_total": ("counter", "Batches handed to the broker.", [({}, link.batches)]),
        "huangyu_gateway_rows_sent_total": (
            "counter", "Rows handed to the broker, resends included.", [({}, link.rows)]
        ),
        "huangyu_gateway_in_flight_batches": (
            "gauge", "Batches without the shore's word.", [({}, gateway.outbox.in_flight)]
        ),
        **_units(gateway),
        **_receivers(gateway),
    }  # fmt: skip


def _units(gateway: "Gateway") -> Metrics:
    units = [(name, health) for bus in gateway.buses for name, health in bus.health.items()]
    return {
        "huangyu_unit_ok": ("gauge", "1 while a unit answers.", [({"unit": n}, h.state == "ok") for n, h in units]),
        "huangyu_unit_polls_total": ("counter", "Polls of a unit.", [({"unit": n}, h.polls) for n, h in units]),
        "huangyu_unit_failures_total": ("counter", "Failed polls.", [({"unit": n}, h.failures) for n, h in units]),
        "huangyu_unit_missed_total": ("counter", "Cycles left out.", [({"unit": n}, h.missed) for n, h in units]),
        "huangyu_unit_latency_seconds": ("gauge", "Last answer time.", [({"unit": n}, h.latency_s) for n, h in units]),
    }


def _receivers(gateway: "Gateway") -> Metrics:
    rows = [(name, intake) for name, intake in gateway.intakes.items()]
    return {
        "huangyu_receiver_connected": (
            "gauge", "1 while an NMEA input is open.", [({"receiver": n}, i.health.connected) for n, i in rows]
        ),
        "huangyu_receiver_messages_total": (
            "counter", "Messages heard.", [({"receiver": n}, i.health.messages) for n, i in rows]
        ),
        "huangyu_receiver_thinned_total": (
            "counter", "Position reports held back by policy.", [({"receiver": n}, i.thinned) for n, i in rows]
        ),
        "huangyu_receiver_bad_total": (
            "counter", "Lines that were no sentence.",
            [({"receiver": n, "why": w}, c) for n, i in rows for w, c in i.health.bad.items()],
        ),
    }  # fmt: skip
