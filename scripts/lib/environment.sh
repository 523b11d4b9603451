# Shared by the scripts of this folder: makes .venv where it is missing or older than the lock file.
# shellcheck shell=sh

VENV=${HUANGYU_VENV:-.venv}
BIN=$VENV/bin
PY=$BIN/python

refuse() {
    printf '错误 / error: %s\n' "$1" >&2
    exit 1
}

find_python() {
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
    done
    refuse "需要 Python 3.11 或更新版本。huangyu needs Python 3.11 or newer: install it (Debian 12: apt install python3 python3-venv) or name it with PYTHON=/path/to/python3.11."
}

# ensure_environment EXTRA: installs huangyu[EXTRA] once per lock file and extra.
ensure_environment() {
    stamp=$VENV/.huangyu-$1
    want=$(cat pyproject.toml requirements.lock | cksum)
    [ -x "$PY" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return
    python=$(find_python) || exit 1
    echo "准备运行环境… preparing $VENV (once; a few minutes without a package cache)"
    [ -x "$PY" ] || "$python" -m venv "$VENV" || refuse "无法创建 $VENV。Cannot create $VENV: on Debian run  apt install python3-venv ."
    "$PY" -m pip install --disable-pip-version-check --no-input --constraint requirements.lock --editable ".[$1]" \
        > "$VENV/install.log" 2>&1 || {
        tail -n 15 "$VENV/install.log" >&2
        refuse "安装依赖失败，见上面几行和 $VENV/install.log。Installing the packages failed: see the lines above and $VENV/install.log; check the network or the package mirror, then run this again."
    }
    echo "$want" > "$stamp"
}

# ensure_system_tools: Debian packages that only the tests use.
ensure_system_tools() {
    missing=""
    command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
    command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
    command -v mosquitto_sub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
    command -v mbpoll >/dev/null 2>&1 || missing="$missing mbpoll"
    fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
    [ -z "$missing" ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing$missing"
        (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing) >/dev/null \
            || refuse "apt could not install$missing: install them by hand and run this again."
    else
        refuse "测试还需要系统软件包。The tests need system packages; run:  sudo apt install$missing"
    fi
}
