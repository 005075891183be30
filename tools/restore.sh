#!/usr/bin/env bash
# Puts a copy made by backup.sh in place. Stop the service first, on all machines. What was there is moved aside (SQLite)
# or replaced (PostgreSQL).
# restore.sh FOLDER   (FENGSUI_DATA, FENGSUI_DATABASE_URL or FENGSUI_DATABASE_URL_FILE as for the service)
set -euo pipefail
folder=${1:?usage: restore.sh FOLDER, one that backup.sh made}
home=$(cd "$(dirname "$0")/.." && pwd)
data=${FENGSUI_DATA:-$home/var}
url=${FENGSUI_DATABASE_URL:-}
[ -z "${FENGSUI_DATABASE_URL_FILE:-}" ] || url=$(<"$FENGSUI_DATABASE_URL_FILE")
[ -f "$folder/data.tar.gz" ] || { echo "$folder is no copy made by backup.sh." >&2; exit 1; }

umask 077
mkdir -p "$data"
if [ -n "$url" ]; then
    [ -f "$folder/fengsui.dump" ] || { echo "$folder holds no copy of a PostgreSQL database." >&2; exit 1; }
    pg_restore --clean --if-exists --no-owner --single-transaction --dbname="${url/postgresql+psycopg:/postgresql:}" \
        "$folder/fengsui.dump"
else
    [ -f "$folder/fengsui.db" ] || { echo "$folder holds no copy of a SQLite database." >&2; exit 1; }
    if [ -e "$data/fengsui.db" ]; then
        # Only who is alone with a database can take it out of its journal mode.
        "$home/.venv/bin/python" - "$data/fengsui.db" <<'PYTHON' || { echo "Stop the service first." >&2; exit 1; }
import contextlib, sqlite3, sys
with contextlib.closing(sqlite3.connect(sys.argv[1], timeout=0)) as alone:
    try:
        (mode,) = alone.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        sys.exit(1 if "locked" in str(error) else None)  # a damaged one is what we are here for
sys.exit(None if mode == "delete" else 1)
PYTHON
        aside="$data/fengsui.db.before-$(date +%Y%m%d-%H%M%S)"
        mv "$data/fengsui.db" "$aside"
        echo "What was there is now $aside"
    fi
    rm -f "$data/fengsui.db-wal" "$data/fengsui.db-shm"
    cp "$folder/fengsui.db" "$data/fengsui.db"
fi
tar --extract --gzip --file="$folder/data.tar.gz" --directory="$data"
echo "Restored from $folder. Start the service."
