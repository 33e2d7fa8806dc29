#!/usr/bin/env bash
# Calls of the JSON API with generated input, once per role, against a running server with demo data.
# usage: scripts/schemathesis.sh http://127.0.0.1:8000 [examples per call]
# Tools live in .venv-schemathesis: their dependencies clash with the application's.
set -euo pipefail
url=${1:?address of a running server}
examples=${2:-20}
home=$(cd "$(dirname "$0")/.." && pwd)
tools=${SCHEMATHESIS_VENV:-$home/.venv-schemathesis}
[ -x "$tools/bin/schemathesis" ] || { python3 -m venv "$tools"; "$tools/bin/pip" -q install 'schemathesis==4.*'; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

token() { # portal, user name
  curl -sf "$url/api/v1/auth/token" -H 'Content-Type: application/json' \
    -d "{\"portal\":\"$1\",\"username\":\"$2\",\"password\":\"${DEMO_PASSWORD:-Demo-pass-2026}\"}" |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])'
}

curl -sf "$url/api/v1/_openapi" -H "Authorization: Bearer $(token officer admin)" >"$work/openapi.json"
failed=0
for who in person:per-a1 employer:emp-a officer:county-a-specialist officer:city-print officer:admin; do
  echo "== $who"
  "$tools/bin/schemathesis" run "$work/openapi.json" --url "$url" \
    -H "Authorization: Bearer $(token "${who%%:*}" "${who#*:}")" \
    --phases coverage,fuzzing --max-examples "$examples" --seed 1 \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth \
    --exclude-path /api/v1/auth/token || failed=1
done
exit $failed
