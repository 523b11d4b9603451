"""Reasons of verdicts in Chinese and English: one row a reason, filled with the figures of the target."""

from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, str]] = {
    "aton": ("MMSI 与报文表明是航标", "number and messages are those of an aid to navigation"),
    "base_station": ("MMSI 与报文表明是岸基台", "number and messages are those of a base station"),
    "sar_aircraft": ("MMSI 与报文表明是搜救航空器", "number and messages are those of a search and rescue aircraft"),
    "distress": ("MMSI 属于遇险示位设备", "the number is that of a distress device"),
    "buoy": (
        "按名称、号码、尺寸和漂移判断是网位仪（{facts}），不是船",
        "name, number, size and drift are those of a gear buoy ({facts}), no boat",
    ),
    "registered": ("与登记的“{name}”一致", "agrees with {name} of the register"),
    "registered_unnamed": (
        "MMSI 登记为“{name}”，尚未收到船名",
        "the number is registered to {name}; no name heard yet",
    ),
    "registered_near_name": (
        "MMSI 登记为“{name}”，播发的船名“{sent}”相近，请核对",
        "the number is registered to {name}; it sends {sent}, nearly the same: please check",
    ),
    "exempt": ("在豁免船名册：{name}（{kind}）", "on the list of exempt boats: {name} ({kind})"),
    "merchant": ("船型 {type}，按商船处理", "ship type {type}: a merchant vessel"),
    "foreign": ("MMSI 国家码 {mid}，不是国内船舶", "country code {mid}: not a mainland Chinese vessel"),
    "region": ("MMSI 为{region}船舶", "the number is of {region}"),
    "borrowed_seen_twice": (
        "冒用“{name}”的船名：本船同一时间在 {distance:.1f} 海里外（MMSI {other}）",
        "uses the name of {name}, which was {distance:.1f} nmi away at the same time (MMSI {other})",
    ),
    "borrowed_number": (
        "MMSI 登记给“{name}”，却播发船名“{sent}”",
        "the number is registered to {name}, but it sends the name {sent}",
    ),
    "borrowed_particulars": (
        "尺寸与“{name}”的登记不符：{detail}",
        "does not measure as {name} in the register: {detail}",
    ),
    "borrowed_name": (
        "船名“{sent}”已登记给 MMSI {other}，与播发的号码不同",
        "the name {sent} is registered to MMSI {other}, not to this number",
    ),
    "shared": (
        "同一 MMSI 同时有 {count} 条船，相距 {distance:.1f} 海里",
        "{count} boats on this number at once, {distance:.1f} nmi apart",
    ),
    "several": ("与 MMSI {other} 一直同行，疑似同一条船", "always side by side with MMSI {other}: probably one boat"),
    "no_hull": (
        "没有船体尺寸，航速不超过潮流，可能是网位仪，暂不研判",
        "no hull's size and never faster than the tide: perhaps a gear buoy, not judged yet",
    ),
    "unplaced": (
        "收到 {n} 次静态信息，没有船位，无法研判",
        "{n} reports of its particulars, none of its position: nothing to judge",
    ),
    "no_register": ("没有船舶登记可比对，不研判是否三无", "no register to compare with: nobody is accused"),
    "airborne": (
        "一半以上报告超过 {limit:g} 节，不是船速，可能是航空器或设备故障",
        "faster than {limit:g} kn for half of its reports: an aircraft, or a faulty device",
    ),
    "too_large": (
        "长 {length} 米，渔船不超过 {limit:g} 米，请人工核对",
        "{length} m long, no fishing boat is above {limit:g} m: a person must check",
    ),
    "craft": ("在册渔船“{name}”的附属艇", "an auxiliary craft of the registered {name}"),
    "craft_of": (
        "MMSI 属于母船的附属艇（母船 {parent}），无自己的证书，不研判",
        "the number of an auxiliary craft (parent ship {parent}): it has no papers of its own",
    ),
    "handheld": ("MMSI 属于手持甚高频电台，不是船", "the number of a handheld radio, not of a boat"),
    "beside": (
        "一直在在册渔船“{name}”（MMSI {other}）身旁，可能是同一条船的第二台设备，暂不研判",
        "so far always beside the registered {name} (MMSI {other}): perhaps her second device, not judged yet",
    ),
    "amrd": (
        "MMSI 为 979 开头的自主海上无线电设备（渔具、潜水等标识），不是船",
        "a number of autonomous radio devices (979: gear, divers and the like), no boat",
    ),
    "misconfigured_filler": (
        "MMSI {mmsi} 是出厂或随意填写的号码；船名“{name}”在册，请船主改正设备",
        "MMSI {mmsi} is a factory or filler number; the name {name} is registered: have the owner set the device right",
    ),
    "misconfigured_slip": (
        "MMSI 与“{name}”登记的 {other} 只差一两位，疑似写错",
        "the number is a slip away from {other}, registered to {name}",
    ),
    "misconfigured_foreign": (
        "船名“{name}”在册，MMSI 却是外国号码，疑似写错",
        "the name {name} is registered, but the number is of another country",
    ),
    "no_name": ("收到 {n} 次报告，未播发船名船号", "{n} reports heard and no name sent"),
    "filler_name": ("船名“{sent}”不是船名", "the name {sent} is no name"),
    "unknown_name": ("船名“{sent}”不在船舶登记中", "the name {sent} is not in the register"),
    "odd_name": (
        "自报渔船，船名“{sent}”不合渔船船名规定，也不在册",
        "says it fishes, but {sent} is no fishing boat's name and is not registered",
    ),
    "unknown_number": ("MMSI {mmsi} 不在船舶登记中", "MMSI {mmsi} is not in the register"),
    "filler_number": ("MMSI {mmsi} 是出厂或随意填写的号码", "MMSI {mmsi} is a factory or filler number"),
    "near_name": ("船名与在册的“{name}”相近，请人工核对", "the name is nearly that of {name}: a person must check"),
    "stranger": (
        "船名“{sent}”属{place}，本地登记不含该地渔船，无法判断",
        "{sent} is of {place}, which this register does not hold",
    ),
    "not_enough": ("报告太少，暂不研判", "too few reports to judge"),
    "unidentified": (
        "国内号码，船名“{sent}”不是渔船名，不在册，也无船型",
        "a home number with the name {sent}: no fishing boat's name, not registered, no ship type",
    ),
    "ambiguous": (
        "登记中有 {count} 条记录相符，请先核对登记",
        "{count} register rows fit: the register itself must be checked",
    ),
    "expired": ("{document}已于 {until} 到期", "{document} expired on {until}"),
    "no_document": ("登记缺{document}", "the register has no {document}"),
    "documents_good": ("三证在有效期内", "all certificates are valid"),
    "no_documents": ("查无登记，无有效证书", "no register entry, so no valid certificate"),
    "port": ("船籍港{port}", "port of registry {port}"),
    "port_other": ("船名属{place}，登记船籍港为{port}", "the name is of {place}, the register says {port}"),
    "lent_documents": (
        "登记的证书属于“{name}”本船，此船另无登记",
        "the certificates are those of the true {name}; this boat has none",
    ),
    "lent_port": ("登记的船籍港属于“{name}”本船", "the port of registry is that of the true {name}"),
    "no_port": ("查无船籍港", "no port of registry found"),
    "register_silent": ("登记未写", "the register is silent"),
    "match": ("尺寸、船型、速度与登记相符", "size, type and speed agree with the register"),
    "size": ("AIS 长 {length} 米，登记 {registered:g} 米", "AIS says {length} m long, the register {registered:g} m"),
    "beam": ("AIS 宽 {beam} 米，登记 {registered:g} 米", "AIS says {beam} m wide, the register {registered:g} m"),
    "speed": ("{share:.0%} 的报告超过 {limit:g} 节，渔船达不到", "{share:.0%} of reports are faster than {limit:g} kn"),
    "type": ("自报船型 {type}，登记为渔船", "says ship type {type}, registered as a fishing boat"),
    "nothing_to_match": ("没有可比对的登记或尺寸", "nothing to compare"),
    "name_good": ("船名“{sent}”在册", "the name {sent} is registered"),
    "name_unheard": ("尚未收到船名", "no name heard yet"),
}
DOCUMENTS = {
    "registration": ("登记证书", "certificate of registry"),
    "inspection": ("检验证书", "inspection certificate"),
    "permit": ("捕捞许可证", "fishing permit"),
}


def say(reason: str, **figures: object) -> tuple[str, str]:
    """Return a reason in Chinese and English."""
    zh, en = REASONS[reason]
    return zh.format(**figures), en.format(**figures)
