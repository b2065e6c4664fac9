"""Token ids of golden/tokenizer/tiny.json's texts, by the Hugging Face tokenizers library; the tests need no Python.

  pip install tokenizers==0.20.3
  python reference/tokenizer.py FOLDER            compares; FOLDER holds the tokenizer.json of golden/llada-tiny/f32
  python reference/tokenizer.py FOLDER --write    writes ids, tokens and decoded texts anew
"""

import json
import pathlib
import sys

import tokenizers

FILE = pathlib.Path(__file__).resolve().parent / "golden/tokenizer/tiny.json"

tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(sys.argv[1]) / "tokenizer.json"))


def ids(text):
    return tokenizer.encode(text, add_special_tokens=False)


def case(text):
    encoding = ids(text)
    return {
        "text": text,
        "ids": encoding.ids,
        "tokens": encoding.tokens,
        "decoded": tokenizer.decode(encoding.ids, skip_special_tokens=False),
        "decoded_skip_special": tokenizer.decode(encoding.ids, skip_special_tokens=True),
    }


kept = json.loads(FILE.read_text(encoding="utf-8"))
made = {
    "tokenizer": "tiny",
    "reference": f"Hugging Face tokenizers {tokenizers.__version__}, encode without special tokens",
    "cases": [case(each["text"]) for each in kept["cases"]],
    "questions": [{"text": each["text"], "ids": ids(each["text"]).ids} for each in kept["questions"]],
}
if "--write" in sys.argv:
    lines = ",\n".join(
        f'"{key}": ' + (json.dumps(value) if isinstance(value, str) else
                        "[\n" + ",\n".join(json.dumps(each, ensure_ascii=True) for each in value) + "\n]")
        for key, value in made.items())
    FILE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
else:
    differing = [each["text"] for key in ("cases", "questions")
                 for each, other in zip(made[key], kept[key]) if each != other]
    print(f"{len(kept['cases']) + len(kept['questions'])} texts, {len(differing)} differ {differing}")
    sys.exit(1 if differing else 0)
