#!/usr/bin/env bash
# Makes the requirement files anew from pyproject.toml: every version with its hashes, and no address of any index.
# lock.sh [--upgrade | --upgrade-package NAME]
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
compile=("$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
    --no-emit-index-url --no-emit-find-links "$@")

"${compile[@]}" pyproject.toml --output-file requirements.txt
"${compile[@]}" pyproject.toml --group dev --output-file requirements-dev.txt
"${compile[@]}" tools/requirements-uv.in --output-file tools/requirements-uv.txt
