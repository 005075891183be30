#!/usr/bin/env bash
# Installs what the tests can use from Debian, where that is possible; without it those tests are skipped, by name.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    missing+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
compgen -G '/usr/share/fonts/*/wqy/wqy-microhei.ttc' >/dev/null || compgen -G '/usr/share/fonts/*/noto*/NotoSansCJK-Regular.ttc' >/dev/null ||
    missing+=(fonts-wqy-microhei)
[ ${#missing[@]} -gt 0 ] || exit 0

say() { echo "Not installed: ${missing[*]}. $1 The tests that need it are skipped." >&2; }
if ! command -v apt-get >/dev/null; then
    say "Install it with the system's package manager to run every test."
elif [ "$(id -u)" != 0 ]; then
    say "Run every test with: sudo apt-get install ${missing[*]}"
else
    # The tests start a cluster of their own; the package shall not make and start one as well.
    if [[ " ${missing[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    echo "Installing ${missing[*]} with apt-get (for the tests, this once)"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
        say "apt-get could not install it."
fi
