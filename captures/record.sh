#!/usr/bin/env bash
# Records the captures of the demos: each program talks to the recorder, the recorder to the simulator.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
coproc SIMULATOR { exec "$bin/replayer" simulate --listen 127.0.0.1:0; }
trap 'kill "$SIMULATOR_PID" 2>/dev/null' EXIT
read -r line <&"${SIMULATOR[0]}"
for program in ${*:-shop club}; do
    rm -rf "captures/demo-$program"
    "$bin/replayer" record --out "captures/demo-$program" --listen 127.0.0.1:0 --upstream "${line##* }" --trusted -- \
        "$bin/python" "captures/$program.py"
done
