#!/bin/sh
# The whole product in small: files of a sales organisation in, scores, one list and one path out, then a running API.
set -eu
export GRAPHSVC_DATABASE_URL="$DATABASE_URL"
graphsvc="$BIN/graphsvc"
say() { printf '\n\033[1m$ %s\033[0m\n' "$*" >&2; }
run() { say "graphsvc $*"; "$graphsvc" "$@"; }

mkdir -p "$DEMO"
case "$DATABASE_URL" in
sqlite:///$DEMO/*) rm -f "$DEMO"/graphsvc.db "$DEMO"/graphsvc.db-wal "$DEMO"/graphsvc.db-shm ;;
esac
run sample "$DEMO/sample"
run sync crm "$DEMO/sample/crm" --own harborlight.example
run sync tables "$DEMO/sample/tables"
run sync mail "$DEMO/sample/mail"
run fit
run score
