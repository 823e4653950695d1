#!/bin/sh
# Make the passwords that docker-compose.yml mounts, where they are missing; what is there stays as it is.
# The folder keeps other users of this machine out. The files themselves must be readable in the containers, whose
# users are others than you: that is why they are 444 in a folder that is 700.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"
keep() { # NAME CONTENT
	if [ -e "$folder/$1" ]; then
		echo "kept  $folder/$1" >&2
	else
		printf '%s' "$2" >"$folder/$1"
		chmod 444 "$folder/$1"
		echo "made  $folder/$1" >&2
	fi
}
password() { head -c 64 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | cut -c 1-40; }
keep neo4j_password "$(password)"
keep neo4j_auth "neo4j/$(cat "$folder/neo4j_password")"
keep redis_password "$(password)"
if [ ! -e "$folder/api_keys.json" ]; then
	echo "still to be made: $folder/api_keys.json, the keys of the API; see $(dirname "$0")/secrets/README.md" >&2
fi
