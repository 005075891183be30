#!/usr/bin/env bash
# Copies what must be kept into a new folder, while the service runs: the database, the signing key, files of members,
# published articles. What is trained again by itself is left out.
# backup.sh FOLDER   (FENGSUI_DATA, FENGSUI_DATABASE_URL or FENGSUI_DATABASE_URL_FILE as for the service)
set -euo pipefail
folder=${1:?usage: backup.sh FOLDER, a new one}
home=$(cd "$(dirname "$0")/.." && pwd)
data=${FENGSUI_DATA:-$home/var}
url=${FENGSUI_DATABASE_URL:-}
[ -z "${FENGSUI_DATABASE_URL_FILE:-}" ] || url=$(<"$FENGSUI_DATABASE_URL_FILE")
[ -d "$data" ] || { echo "There is no data folder $data. Set FENGSUI_DATA." >&2; exit 1; }
[ ! -e "$folder" ] || { echo "$folder is there already. Name a new folder." >&2; exit 1; }

umask 077
mkdir -p "$folder.part"
# The database first: a file is written before the row that names it, so that every row of the copy finds its file.
if [ -n "$url" ]; then
    pg_dump --format=custom --no-owner --file="$folder.part/fengsui.dump" "${url/postgresql+psycopg:/postgresql:}"
else
    "$home/.venv/bin/python" - "$data/fengsui.db" "$folder.part/fengsui.db" <<'PYTHON'
import contextlib, sqlite3, sys
source, copy = sys.argv[1:]
with contextlib.closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True)) as running:
    running.execute("VACUUM INTO ?", (copy,))  # one moment of it, whole, whoever writes meanwhile
with contextlib.closing(sqlite3.connect(copy)) as made:
    (found,) = made.execute("PRAGMA integrity_check").fetchone()
sys.exit(None if found == "ok" else f"the copy is damaged: {found}")
PYTHON
fi
tar --create --gzip --file="$folder.part/data.tar.gz" --directory="$data" \
    --exclude='./fengsui.db*' --exclude='./model' --exclude='./uploads' --warning=no-file-changed . ||
    [ $? -eq 1 ] # a file that was growing meanwhile belongs to a message that came after the copy
mv "$folder.part" "$folder" # a folder without .part is whole
echo "Copied to $folder: $(du -sh "$folder" | cut -f1)"
