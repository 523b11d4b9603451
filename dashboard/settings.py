"""What an operator may set for the dashboard: TOML table ``[dashboard]`` of the shore's settings."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DashboardSettings:
    """Settings of the one dashboard process.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one. TLS belongs to the proxy in front.
    public_url
        Address that people use, for links; empty takes the request's own.
    secure_cookie
        True behind TLS: the session cookie then carries ``Secure``.
    locale
        Language before sign-in, ``zh`` or ``en``.
    refresh_s
        How often live parts of a screen refresh. [s]
    stale_after_s
        Age of the newest reading past which every screen says so. [s]
    session_s
        End of a web session in any case. [s]
    idle_farmer_s, idle_officer_s
        A session ends when unused so long; the officer's holds for every role but farmer. [s]
    password_tries, lock_s
        Wrong passwords that lock an account, and for how long. [s]
    api_per_minute
        Requests that one API token may make in a minute.
    tile_url
        Optional raster tiles under the map, ``https://…/{z}/{x}/{y}`` or a WMTS request with ``TILEMATRIX={z}``,
        ``TILECOL={x}``, ``TILEROW={y}``; empty draws the shipped coast only.
    tile_notice
        Attribution that the tile source asks for.
    allowed_hosts
        Host names that may be asked for; empty allows any (behind a proxy that checks).
    map_lat_deg, map_lon_deg, map_zoom
        Where the regulator's map opens.
    evidence_dir
        Folder of evidence bundles; empty takes what the database says.
    oidc_issuer, oidc_client_id, oidc_label
        Identity provider (OpenID Connect), our name there, and the word on its button; empty: local accounts only.
        The client's secret is read from ``HUANGYU_OIDC_SECRET``.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    public_url: str = ""
    secure_cookie: bool = False
    locale: str = "zh"
    refresh_s: int = 5
    stale_after_s: int = 180
    session_s: int = 30 * 86_400
    idle_farmer_s: int = 7 * 86_400
    idle_officer_s: int = 30 * 60
    password_tries: int = 5
    lock_s: int = 15 * 60
    api_per_minute: int = 120
    tile_url: str = ""
    tile_notice: str = ""
    allowed_hosts: tuple[str, ...] = ()
    map_lat_deg: float = 27.80
    map_lon_deg: float = 121.20
    map_zoom: float = 9.6
    evidence_dir: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_label: str = ""

    def __post_init__(self) -> None:
        if self.locale not in {"zh", "en"}:
            raise ValueError(f"locale {self.locale!r} is not zh or en.")
        local = self.oidc_issuer.startswith(("http://127.0.0.1", "http://localhost"))
        if self.oidc_issuer and not (self.oidc_issuer.startswith("https://") or local):
            raise ValueError(f"oidc_issuer {self.oidc_issuer!r} must begin with https://.")
        if self.tile_url and not (
            self.tile_url.startswith(("https://", "http://")) and all(f"{{{n}}}" in self.tile_url for n in "xyz")
        ):
            raise ValueError(f"tile_url {self.tile_url!r} needs https:// and the places {{z}}, {{x}} and {{y}}.")
        if not 0 <= self.port <= 65_535:
            raise ValueError(f"port {self.port} is not between 0 and 65535.")
        for name in ("refresh_s", "stale_after_s", "session_s", "idle_farmer_s", "idle_officer_s", "api_per_minute"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1.")
