#!/usr/bin/env bash
# Makes the virtual environment, installs one requirement file into it and links the project there.
# prepare.sh VENV REQUIREMENTS STAMP
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 requirements=$2 stamp=$3
python=${PYTHON:-python3}

# No environment yet, or one whose Python has been taken away by an upgrade of the system.
if ! "$venv/bin/python" -c '' 2>/dev/null; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Fengsui needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Set PYTHON=path/to/python3." >&2
        exit 1
    }
    echo "Making $venv"
    "$python" -m venv --clear "$venv" || {
        echo "Could not make a virtual environment. On Debian: apt-get install python3-venv" >&2
        exit 1
    }
fi

install_all() {
    local uv
    uv=$(command -v uv || true)
    if [ -z "$uv" ] && [ ! -x "$venv/bin/uv" ]; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/requirements-uv.txt || true
    fi
    [ -n "$uv" ] || uv=$venv/bin/uv
    if [ -x "$uv" ] && "$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$requirements"; then
        return
    fi
    # pip takes three times as long, and knows about proxies and mirrors that uv was not told of.
    echo "uv could not do it; installing with pip"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
}

echo "Installing $requirements (a minute or two, this once)"
install_all
"$venv/bin/python" tools/link.py
case $stamp in
    */.installed-dev-*) find "$venv" -maxdepth 1 -name '.installed-dev-*' -delete ;;
    *) find "$venv" -maxdepth 1 -name '.installed-[0-9a-f]*' ! -name '.installed-dev-*' -delete ;;
esac
touch "$stamp"
