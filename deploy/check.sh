#!/bin/sh
# `docker compose config` of our files, with whichever Compose there is; it needs no Docker engine.
set -eu
cd "$(dirname "$0")/.."
if docker compose version >/dev/null 2>&1; then
	compose() { docker compose "$@"; }
elif command -v docker-compose >/dev/null; then
	compose() { docker-compose "$@"; }
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	{ apt-get update -q && apt-get install -q -y --no-install-recommends docker-compose; } >&2
	compose() { docker-compose "$@"; }
else
	echo "Docker Compose is missing: install the plugin of Docker, or Debian's package docker-compose, and try again." >&2
	exit 1
fi
compose -f docker-compose.yml config -q
compose -f docker-compose.yml -f deploy/closed-network.yml config -q
echo "docker-compose.yml is valid." >&2
