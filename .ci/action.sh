#!/usr/bin/env bash
# Run by action.yml: `fake-peer check` with the options that the variables give.
# Usage: action.sh FAKE_PEER
set -euo pipefail

args=(check)
option() { if [[ -n "$2" ]]; then args+=("$1" "$2"); fi; }
option --connect "${CONNECT:-}"
option --spawn "${SPAWN:-}"
option --exec "${EXEC:-}"
option --network "${NETWORK:-}"
option --profile "${PROFILE:-}"
option --level "${LEVEL:-}"
option --jobs "${JOBS:-}"
option --partition "${PARTITION:-}"
if [[ "${STRICT:-false}" == true ]]; then args+=(--strict); fi

mkdir -p "$REPORTS"
args+=(--html "$REPORTS/report.html" --json "$REPORTS/report.json")
args+=(--junit "$REPORTS/report.xml" --tap "$REPORTS/report.tap")

# The patterns are for fake-peer, not for the shell. (In macOS's bash, an empty array is unset.)
read -ra skip <<<"${SKIP:-}"
for pattern in ${skip[@]+"${skip[@]}"}; do args+=(--skip "$pattern"); done
read -ra cases <<<"${CASES:-}"
exec "$1" "${args[@]}" -- ${cases[@]+"${cases[@]}"}
