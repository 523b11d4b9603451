"""The demo's fictitious people: who answers for which farm, boat and district. Phones are in 199 0000 xxxx."""

from datetime import UTC, datetime
from pathlib import Path

from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind
from store.store import Store
from vessels.register import RegisterFile, read_csv

_FARM, _DISTRICT = ScopeKind.FARM, ScopeKind.DISTRICT
# (id, name, role, phone, scopes with level: 0 is told first)
PEOPLE: tuple[tuple[str, str, str, str, tuple[tuple[ScopeKind, str, int], ...]], ...] = (
    ("farm-dt01", "林海生", "farmer", "19900000001", ((_FARM, "dt01", 0),)),
    ("farm-dt01-2", "林小海", "farmer", "19900000002", ((_FARM, "dt01", 1),)),
    ("farm-dt02", "陈阿洋", "farmer", "19900000003", ((_FARM, "dt02", 0),)),
    ("duty-dongtou", "值班员 周岚", "duty", "19900000010", ((_DISTRICT, "dongtou", 0),)),
    ("caller-dongtou", "叫应员 苏晴", "caller", "19900000011", ((_DISTRICT, "dongtou", 0),)),
    ("leader-dongtou", "带班领导 郑立", "leader", "19900000012", ((_DISTRICT, "dongtou", 0),)),
    ("tech-dongtou", "技术员 吴工", "technician", "19900000020", ((_DISTRICT, "dongtou", 0),)),
)


async def enter_people(store: Store) -> None:
    """Enter the contacts of farms and district; repeatable."""
    for contact_id, name, role, phone, scopes in PEOPLE:
        farms = [scope_id for kind, scope_id, _ in scopes if kind is _FARM]
        districts = [scope_id for kind, scope_id, _ in scopes if kind is _DISTRICT]
        await store.contacts.save(
            Contact(contact_id=contact_id, name_zh=name, role=role, addresses=(_sms(phone),)),
            [(Scope(kind=kind, id=scope_id), level) for kind, scope_id, level in scopes],
            farm_id=farms[0] if len(farms) == 1 else None,
            district_id=districts[0] if districts else None,
        )


async def enter_register(store: Store, path: Path) -> RegisterFile | None:
    """Import the fictitious register and its owners as contacts of their boats; None where there is no file."""
    if not path.exists():
        return None
    file = read_csv(path.read_bytes(), name=path.name)
    await store.register.import_file(file, datetime.now(UTC), actor="demo", file_name=path.name)
    for row in file.rows:
        if row.owner_phone and row.mmsi is not None:
            await store.contacts.save(
                Contact(
                    contact_id=f"owner-{row.mmsi}",
                    name_zh=f"{row.name_zh} 船东",
                    role="owner",
                    addresses=(_sms(row.owner_phone),),
                ),
                [(Scope(kind=ScopeKind.VESSEL, id=str(row.mmsi)), 0)],
                district_id="dongtou",
            )
    return file


def _sms(phone: str) -> Address:
    return Address(kind=ChannelKind.SMS, address=phone)
