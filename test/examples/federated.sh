#!/usr/bin/env bash
# federated.sh INGOT RUNTIME EXAMPLES: two clients that Flower averages learn digits. Skipped (77) where no Python has flwr and ray.
set -euo pipefail
python=
for candidate in "${INGOT_PYTHON:-}" "$3/../.venv/bin/python" python3; do
  if [ -n "$candidate" ] && "$candidate" -c 'import numpy, flwr, ray' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "skipped: no Python with numpy, flwr and ray (INGOT_PYTHON names one)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" train "$3/digits/digits.onnx" --loss softmax_cross_entropy:logits,label --optimizer sgd:momentum=0.9 --lr 0.05 -o "$folder/digits_net.so"
"$python" "$3/federated/federated.py" "$folder/digits_net.so" "$2" "$3/digits/data" --clients 2 --rounds 3 --least 0.93
