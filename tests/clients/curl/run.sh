#!/usr/bin/env bash
# Plain curl against the started binary. Prints TAP and closes with a count.
set -uo pipefail

issuer=${TOKEN_URL%/v1/token}
api=${API_URL%/}
body=$(mktemp)
headers=$(mktemp)
trap 'rm -f "$body" "$headers"' EXIT
passed=0
failed=0

# check NAME STATUS [WORD-IN-THE-BODY] -- curl arguments
check() {
  local name=$1 want=$2 word=$3 status
  shift 4
  status=$(curl --silent --show-error --max-time 10 --output "$body" --dump-header "$headers" --write-out '%{http_code}' "$@")
  if [ "$status" = "$want" ] && grep -q -- "$word" "$body"; then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - $name"
  else
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $name: status $status, wanted $want with '$word'"
    sed 's/^/#   /' "$body"
    echo
  fi
}

# header NAME PATTERN: the last answer has a header that matches
header() {
  if grep -qi -- "$2" "$headers"; then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - $1"
  else
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $1: no header matches '$2'"
  fi
}

form=(--data-urlencode grant_type=client_credentials --data-urlencode "scope=$SCOPE")
in_body=("${form[@]}" --data-urlencode "client_id=$CLIENT_ID" --data-urlencode "client_secret=$CLIENT_SECRET")
inserted=$(printf '%s' "$issuer" | sed -E 's#^(https?://[^/]+)#\1/.well-known/oauth-authorization-server#')
list="$api/v2/sessionResults?testId=$TEST_ID&limit=3&offset=0"

check "discovery, path inserted" 200 '"token_endpoint"' -- "$inserted"
header "discovery is open to every origin" '^access-control-allow-origin: \*'
check "discovery, suffix" 200 '"token_endpoint"' -- "$issuer/.well-known/oauth-authorization-server"
check "keys" 200 '"keys"' -- "$issuer/v1/keys"
etag=$(sed -nE 's/^etag: *([^\r]*)\r?$/\1/Ip' "$headers")
check "keys, unchanged" 304 '' -- --header "If-None-Match: $etag" "$issuer/v1/keys"

check "token, wrong secret in the header" 401 '"invalid_client"' -- "${form[@]}" --user "$CLIENT_ID:wrong" "$TOKEN_URL"
header "401 names the scheme" '^www-authenticate: basic'
check "token, wrong secret in the body" 401 '"invalid_client"' -- "${form[@]}" \
  --data-urlencode "client_id=$CLIENT_ID" --data-urlencode client_secret=wrong "$TOKEN_URL"
check "token, two ways of authentication" 400 '"invalid_request"' -- "${in_body[@]}" --user "$CLIENT_ID:$CLIENT_SECRET" "$TOKEN_URL"
check "token, secret in the header" 200 '"access_token"' -- "${form[@]}" --user "$CLIENT_ID:$CLIENT_SECRET" "$TOKEN_URL"
check "token, secret in the body" 200 '"access_token"' -- "${in_body[@]}" "$TOKEN_URL"
header "token is not stored" '^cache-control: no-store'
token=$(sed -E 's/.*"access_token": *"([^"]+)".*/\1/' "$body")
check "token by GET" 405 '' -- --get "${in_body[@]}" "$TOKEN_URL"

check "call, token header" 200 '"sessions"' -- --header "token: $token" "$list"
header "call tells what is left" '^x-ratelimit-remaining: '
check "call, bearer header" 200 '"sessions"' -- --header "Authorization: Bearer $token" "$list"
check "call, same token in both" 200 '"sessions"' -- --header "token: $token" --header "Authorization: Bearer $token" "$list"
check "call, no token" 401 '"code"' -- "$list"
header "401 names the scheme of the call" '^www-authenticate: bearer'
check "call, another test" 404 '"code"' -- --header "token: $token" "$api/v2/sessionResults?testId=00000000-0000-4000-8000-000000000000"
check "call, no test" 400 'testId' -- --header "token: $token" "$api/v2/sessionResults"

echo "# pass $passed"
echo "# fail $failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
