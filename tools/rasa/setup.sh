#!/usr/bin/env bash
# Makes .venv-rasa: the last open-source Rasa, which needs Python 3.8 to 3.10, in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.venv-rasa
stamp=$venv/.installed-$(sha256sum tools/rasa/requirements.txt | cut -c1-16)
[ ! -e "$stamp" ] || exit 0

find_python() {
    local candidate
    for candidate in "${PYTHON_RASA:-}" python3.10 "$HOME"/.pyenv/versions/3.10.*/bin/python3.10; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    local uv
    uv=$(command -v uv || echo .venv/bin/uv)
    "$uv" python find --no-python-downloads 3.10 2>/dev/null || true
}

python=$(find_python)
if [ -z "$python" ]; then
    echo "Rasa needs Python 3.10, and none was found. Install one (pyenv install 3.10, or uv python install 3.10)," \
        "or set PYTHON_RASA=path/to/python3.10." >&2
    exit 1
fi
uv=$(command -v uv || echo .venv/bin/uv)
echo "Installing Rasa into $venv with $python (2.5 GB, a minute or two, this once)"
"$python" -m venv --clear "$venv"
"$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r tools/rasa/requirements.txt
find "$venv" -maxdepth 1 -name '.installed-*' -delete
touch "$stamp"
