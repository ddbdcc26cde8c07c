#!/usr/bin/env bash
# Records captures/demo-shop: the shop talks to the recorder, the recorder to the simulator.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
coproc SIMULATOR { exec "$bin/replayer" simulate --listen 127.0.0.1:0; }
trap 'kill "$SIMULATOR_PID" 2>/dev/null' EXIT
read -r line <&"${SIMULATOR[0]}"
rm -rf captures/demo-shop
"$bin/replayer" record --out captures/demo-shop --listen 127.0.0.1:0 --upstream "${line##* }" --trusted -- "$bin/python" captures/shop.py
