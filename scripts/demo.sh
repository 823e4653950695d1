#!/bin/sh
# The whole product in small: files of a sales organisation in; scores, a list and a path out; then a running API.
set -eu
export GRAPHSVC_DATABASE_URL="$DATABASE_URL"
# The ids of a workspace depend on its key: with a fixed one the demo prints the same figures everywhere.
export GRAPHSVC_WORKSPACE_KEY="${GRAPHSVC_WORKSPACE_KEY:-64656d6f64656d6f64656d6f64656d6f64656d6f64656d6f64656d6f64656d6f}"
graphsvc="$BIN/graphsvc"
run() {
	printf '\n$ graphsvc %s\n' "$*" >&2
	"$graphsvc" "$@"
}
planted() { "$BIN/python" -c 'import json, sys
place = json.load(open(sys.argv[1], encoding="utf-8"))
for step in sys.argv[2:]: place = place[step]
print(place if isinstance(place, str) else place["key"])' "$DEMO/sample/truth.json" "$@"; }

if [ "$SERVE" != 0 ] && ! "$BIN/python" -c 'import socket, sys
socket.create_server(("127.0.0.1", int(sys.argv[1]))).close()' "$PORT" 2>/dev/null; then
	echo "Port $PORT is taken; choose another one: make demo PORT=8001, or end before serving: make demo SERVE=0" >&2
	exit 1
fi
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
