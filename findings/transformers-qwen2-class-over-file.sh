#!/usr/bin/env bash
# transformers 5.24.0 gives other ids than 4.57.1 for one and the same tokenizer.json where tokenizer_config.json says
# "tokenizer_class": "Qwen2Tokenizer", or says PreTrainedTokenizerFast beside a config.json of model type qwen2. Version 5
# takes vocabulary, merges and post-processor from the file and builds normalizer and pre-tokenizer anew as Qwen2 has them,
# without a word; version 4 runs the file. A tokenizer trained without NFC, or with another split, thus gives a model of
# Qwen's kind ids in version 5 that it never saw.
# Seen, for "e" with a combining accent: 4.57.1 [68, 136, 223], 5.24.0 [127, 102]; with PreTrainedTokenizerFast and another
# model type both give the former.
# Needs Python 3.10 or newer with venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 4.57.1 5.24.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -q "transformers==$version"
done

cat >"$work/make.py" <<'PYTHON'
import json, pathlib, sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
letters = sorted(pre_tokenizers.ByteLevel.alphabet())
made = Tokenizer(models.BPE(vocab={each: i for i, each in enumerate(letters)}, merges=[]))
made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
made.decoder = decoders.ByteLevel()
made.add_special_tokens(["<|endoftext|>"])
for name, tokenizer, model in (("class", "Qwen2Tokenizer", "other"), ("model", "PreTrainedTokenizerFast", "qwen2"),
                               ("neither", "PreTrainedTokenizerFast", "other")):
    folder = pathlib.Path(sys.argv[1], name)
    folder.mkdir()
    made.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": tokenizer, "eos_token": "<|endoftext|>"}))
    (folder / "config.json").write_text(json.dumps({"model_type": model}))
PYTHON
cat >"$work/ids.py" <<'PYTHON'
import sys, transformers
loaded = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
print(transformers.__version__, loaded.encode("e\u0301", add_special_tokens=False))
PYTHON
"$work/4.57.1/bin/python" "$work/make.py" "$work"
for name in class model neither; do
    for version in 4.57.1 5.24.0; do
        echo -n "$name "
        HF_HUB_OFFLINE=1 "$work/$version/bin/python" "$work/ids.py" "$work/$name" 2>/dev/null
    done
done | tee "$work/seen"
diff - "$work/seen" <<'SEEN' || { echo "another behaviour than described"; exit 1; }
class 4.57.1 [68, 136, 223]
class 5.24.0 [127, 102]
model 4.57.1 [68, 136, 223]
model 5.24.0 [127, 102]
neither 4.57.1 [68, 136, 223]
neither 5.24.0 [68, 136, 223]
SEEN
