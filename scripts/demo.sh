#!/bin/sh
# The whole product in small: files of a sales organisation in; scores, a list and a path out; then a running API.
set -eu
export GRAPHSVC_DATABASE_URL="$DATABASE_URL"
graphsvc="$BIN/graphsvc"
run() {
	printf '\n$ graphsvc %s\n' "$*" >&2
	"$graphsvc" "$@"
}
planted() { "$BIN/python" -c 'import json, sys
place = json.load(open(sys.argv[1], encoding="utf-8"))
for step in sys.argv[2:]: place = place[step]
print(place if isinstance(place, str) else place["key"])' "$DEMO/sample/truth.json" "$@"; }

mkdir -p "$DEMO"
case "$DATABASE_URL" in
"sqlite:///$DEMO/"*) rm -f "$DEMO"/graphsvc.db "$DEMO"/graphsvc.db-wal "$DEMO"/graphsvc.db-shm ;;
esac
run sample "$DEMO/sample"
own=$(planted own)
run sync crm "$DEMO/sample/crm" --own "$own"
run sync tables "$DEMO/sample/tables"
run sync mail "$DEMO/sample/mail"
run fit
run score
run top "$(planted truths dying_tie rep)"
run paths --to "$(planted truths referral_path target)" --from "$(planted truths referral_path rep)"
if [ "$SERVE" = 0 ]; then
	exit 0
fi
run serve --port "$PORT"
