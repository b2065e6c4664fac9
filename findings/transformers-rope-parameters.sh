#!/usr/bin/env bash
# A config.json that transformers 5 saves loses its rotary base when transformers 4.57 reads it, without a word. Version 5
# writes the base into rope_parameters alone; 4.57 keeps that object as an attribute that its models do not look at, and takes
# the class's default, 10000, as rope_theta. The weights load, every shape fits, and the model rotates by another base.
# The other way round nothing is lost: where a file has both, version 5.24 takes the one in rope_parameters, 4.57 the one beside.
# Seen: "saved 1000000.0, transformers 4.57.1 reads 10000.0; both in one file, 7.0 inside and 5.0 beside: 4.57.1 takes 5.0,
# 5.24.0 takes 7.0".
# Needs Python 3.10 or newer with venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TRANSFORMERS_VERBOSITY=error HF_HUB_OFFLINE=1
for version in 4.57.1 5.24.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" -q --disable-pip-version-check install "transformers==$version"
done

cat >"$work/save.py" <<'PYTHON'
import sys
from transformers import Qwen2Config
Qwen2Config(rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}).save_pretrained(sys.argv[1])
PYTHON
cat >"$work/read.py" <<'PYTHON'
import sys
from transformers import AutoConfig
config = AutoConfig.from_pretrained(sys.argv[1])
beside = getattr(config, "rope_theta", None)
print(beside if beside is not None else config.rope_parameters["rope_theta"])
PYTHON
"$work/5.24.0/bin/python" "$work/save.py" "$work/saved" 2>"$work/log" || { cat "$work/log"; exit 1; }
mkdir "$work/both"
echo '{"model_type": "qwen2", "rope_theta": 5.0, "rope_parameters": {"rope_type": "default", "rope_theta": 7.0}}' \
    >"$work/both/config.json"
read_by() { "$work/$1/bin/python" "$work/read.py" "$work/$2" 2>>"$work/log"; }
saved=$(read_by 5.24.0 saved) lost=$(read_by 4.57.1 saved)
old=$(read_by 4.57.1 both) new=$(read_by 5.24.0 both)
echo "saved $saved, transformers 4.57.1 reads $lost; both in one file, 7.0 inside and 5.0 beside:" \
    "4.57.1 takes $old, 5.24.0 takes $new"
if [ "$saved $lost $old $new" != "1000000.0 10000.0 5.0 7.0" ]; then
    echo "another behaviour than described"
    exit 1
fi
