#!/usr/bin/env bash
# A PostgreSQL server of your own, for studies that several machines share; no administrator is needed.
# Run it on a machine that all coordinators reach, and not as root:
#
#   eval "$(bash postgres.sh start ~/jrtune-postgres)"    # sets STORAGE and PGPASSFILE for what you start next
#   bash postgres.sh stop ~/jrtune-postgres
#
# The first start makes the database in that folder, each later one goes on with it. The password lies in the
# folder's file pgpass, which the other machines read too: with a folder on a disk of this machine alone, which is
# faster, copy that file to your home and set PGPASSFILE to the copy.
# PORT, HOST (this machine's name for the others) and CLIENTS (who may connect; any address: CLIENTS=all) may be set.
set -euo pipefail
action=${1:?start or stop}
folder=$(realpath --canonicalize-missing "${2:?a folder for the database}")
data=$folder/data

# Debian puts the server's programs outside of PATH
for programs in /usr/lib/postgresql/*/bin; do
    if ! command -v initdb >/dev/null || ! command -v pg_ctl >/dev/null; then PATH="$programs:$PATH"; fi
done
if ! command -v initdb >/dev/null || ! command -v pg_ctl >/dev/null; then
    echo "expected initdb and pg_ctl on PATH: install PostgreSQL (apt install postgresql, conda install postgresql)" >&2
    exit 2
fi

make_database() {
    mkdir -p "$folder"
    chmod 700 "$folder"
    umask 077
    local password
    password=$(od --address-radix=n --format=x1 --read-bytes=24 /dev/urandom | tr --delete ' \n')
    echo "*:*:*:jrtune:$password" >"$folder/pgpass"
    initdb --pgdata="$data.new" --username=jrtune --pwfile=<(echo "$password") --auth=scram-sha-256 --encoding=UTF8
    cat >>"$data.new/postgresql.conf" <<SETTINGS
listen_addresses = '*'
port = ${PORT:-5432}
unix_socket_directories = ''
max_connections = 500
SETTINGS
    echo "host jrtune jrtune ${CLIENTS:-samenet} scram-sha-256" >>"$data.new/pg_hba.conf"
    mv "$data.new" "$data" # a start that was interrupted before is begun anew
}

case $action in
start)
    if [ ! -d "$data" ]; then
        rm -rf "$data.new"
        make_database >&2
    fi
    pg_ctl status --pgdata="$data" >/dev/null || pg_ctl start --wait --pgdata="$data" --log="$folder/log" >&2
    port=$(awk '/^port = / { print $3 }' "$data/postgresql.conf")
    export PGPASSFILE=$folder/pgpass PGHOST=localhost PGPORT=$port PGUSER=jrtune
    psql --dbname=jrtune --command="" >/dev/null 2>&1 || createdb jrtune >&2
    echo "export PGPASSFILE=$PGPASSFILE"
    echo "export STORAGE=postgresql+psycopg://jrtune@${HOST:-$(hostname)}:$port/jrtune"
    ;;
stop)
    pg_ctl stop --wait --pgdata="$data"
    ;;
*)
    echo "expected start or stop, got $action" >&2
    exit 2
    ;;
esac
