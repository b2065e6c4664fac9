#!/usr/bin/env bash
# The ids that added_tokens_decoder (or added_tokens.json) states are not the ids that a text gets where they leave a gap
# behind the vocabulary, as they do when an embedding was padded before tokens were added. transformers 4.57.1 gives the
# stated ids in its tokenizer in Python, and ids one after the other, without a word, in the fast one that AutoTokenizer
# makes of the same folder; 5.24.0 has the fast one alone. The model's rows are at the stated ids.
# Seen, for "<a><b>" stated as 300 and 310 beside a vocabulary of 256: "4.57.1 python [300, 310]",
# "4.57.1 auto [257, 258]", "5.24.0 auto [257, 258]".
# Needs Python 3.10 or newer with venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 4.57.1 5.24.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -q "transformers==$version"
done

mkdir "$work/model"
cat >"$work/make.py" <<'PYTHON'
import json, pathlib, sys
from tokenizers import pre_tokenizers
folder = pathlib.Path(sys.argv[1])
letters = sorted(pre_tokenizers.ByteLevel.alphabet())
(folder / "vocab.json").write_text(json.dumps({each: i for i, each in enumerate(letters)}))
(folder / "merges.txt").write_text("#version: 0.2\n")
token = lambda content: {"content": content, "lstrip": False, "normalized": False, "rstrip": False,
                         "single_word": False, "special": True}
(folder / "tokenizer_config.json").write_text(json.dumps({
    "tokenizer_class": "Qwen2Tokenizer",
    "added_tokens_decoder": {"256": token("<|endoftext|>"), "300": token("<a>"), "310": token("<b>")}}))
(folder / "config.json").write_text(json.dumps({"model_type": "qwen2", "vocab_size": 320}))
PYTHON
cat >"$work/ids.py" <<'PYTHON'
import sys, transformers
version = transformers.__version__
makers = {"auto": transformers.AutoTokenizer}
if version.startswith("4."):
    makers = {"python": transformers.Qwen2Tokenizer, **makers}
for name, maker in makers.items():
    print(version, name, maker.from_pretrained(sys.argv[1]).encode("<a><b>", add_special_tokens=False))
PYTHON
"$work/4.57.1/bin/python" "$work/make.py" "$work/model"
for version in 4.57.1 5.24.0; do
    HF_HUB_OFFLINE=1 "$work/$version/bin/python" "$work/ids.py" "$work/model" 2>/dev/null
done | tee "$work/seen"
diff - "$work/seen" <<'SEEN' || { echo "another behaviour than described"; exit 1; }
4.57.1 python [300, 310]
4.57.1 auto [257, 258]
5.24.0 auto [257, 258]
SEEN
