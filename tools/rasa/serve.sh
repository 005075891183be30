#!/usr/bin/env bash
# Trains this project for Rasa (once, and again when it changed) and serves it on 127.0.0.1:5005 (RASA_PORT).
# RASA_CONFIG takes another pipeline than config.yml, as the benchmarks do to compare.
# The service must run beside it: FENGSUI_ENGINE=rasa fengsui up. It is asked at FENGSUI_WEB__PORT (8000).
set -euo pipefail
cd "$(dirname "$0")/../.."
rasa=.venv-rasa/bin/rasa
[ -x "$rasa" ] || { echo "Run 'make rasa-setup' first." >&2; exit 1; }
work=${RASA_WORK:-var/rasa}
config=${RASA_CONFIG:-config.yml}
service=${RASA_SERVICE:-http://127.0.0.1:${FENGSUI_WEB__PORT:-8000}}
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3 PYTHONPATH=$PWD PYTHONWARNINGS=ignore

mkdir -p "$work/data"
work=$(cd "$work" && pwd)
cp -f nlu/rules.yml "$work/data/rules.yml"
sed "s|url: http://127.0.0.1:8000|url: $service|" "$config" >"$work/config.yml"
# Rasa puts the token into the address; it reads it from the environment, so that no file holds it.
token_line=""
[ -z "${FENGSUI_API_TOKEN:-}" ] || token_line='  token: ${FENGSUI_API_TOKEN}'
# Conversations are kept on disk: a restart of Rasa forgets nothing.
cat >"$work/endpoints.yml" <<END
action_endpoint:
  url: $service/actions/webhook
$token_line
tracker_store:
  type: SQL
  dialect: sqlite
  db: $work/tracker.db
END
echo "rest:" >"$work/credentials.yml"

sum=$(cat nlu/rules.yml nlu/domain/*.yml nlu/data/*/*.yml nlu/rasa_components.py "$work/config.yml" | sha256sum | cut -c1-16)
if [ ! -e "$work/models/$sum.tar.gz" ]; then
    rm -rf "$work/models"
    "$rasa" train --config "$work/config.yml" --domain nlu/domain --data "$work/data" nlu/data \
        --out "$work/models" --fixed-model-name "$sum"
fi
[ "${1:-}" != --train-only ] || exit 0
exec "$rasa" run --enable-api -m "$work/models/$sum.tar.gz" -i 127.0.0.1 -p "${RASA_PORT:-5005}" \
    --endpoints "$work/endpoints.yml" --credentials "$work/credentials.yml"
