#!/usr/bin/env bash
# Run by action.yml: `fake-peer check` with the options that the variables give.
# Usage: action.sh FAKE_PEER
set -euo pipefail

args=(check)
targets=0
option() { if [[ -n "$2" ]]; then args+=("$1" "$2"); fi; }
target() { if [[ -n "$2" ]]; then args+=("$1" "$2"); targets=$((targets + 1)); fi; }
target --connect "${CONNECT:-}"
target --spawn "${SPAWN:-}"
target --exec "${EXEC:-}"
# Without a target, fake-peer would check its own model peer, and the job would be green.
if ((targets != 1)); then
  echo "::error::fake-peer: set exactly one of the inputs connect, spawn and exec; $targets are set"
  exit 2
fi
option --network "${NETWORK:-}"
option --profile "${PROFILE:-}"
option --level "${LEVEL:-}"
option --jobs "${JOBS:-}"
option --partition "${PARTITION:-}"
case "${STRICT:-false}" in
  true) args+=(--strict) ;;
  false) ;;
  *) echo "::error::fake-peer: the input strict is true or false, not $STRICT"; exit 2 ;;
esac

mkdir -p "$REPORTS"
args+=(--html "$REPORTS/report.html" --json "$REPORTS/report.json")
args+=(--junit "$REPORTS/report.xml" --tap "$REPORTS/report.tap")

# The patterns are for fake-peer, not for the shell. (In macOS's bash, an empty array is unset.)
read -ra skip <<<"${SKIP:-}"
for pattern in ${skip[@]+"${skip[@]}"}; do args+=(--skip "$pattern"); done
read -ra cases <<<"${CASES:-}"
exec "$1" "${args[@]}" -- ${cases[@]+"${cases[@]}"}
