"""Compares the data of the tokenizer tests with transformers; an optional check beside the tests, which need no Python.

  PYTHON .ci/check-tokenizers.py            loads, saves and compares with the transformers that PYTHON has, 4.57.1 or 5.24.0
  PYTHON .ci/check-tokenizers.py --write    writes what this version saves and expects; 4.57.1 first, then 5.24.0

Data, in decoder/src/test/resources/dev/dllm4j/decoder/tokenizers: FAMILY/VERSION are checkpoints without weights as that
version saves them, of tiny tokenizers trained here on words made up here, with a family's split expression and layout of
special tokens; texts.json and conversations.json are what is given to them, FAMILY/expected.json what comes of it, the same
by both versions. cases.json holds folders in which files contradict each other, with what 5.24.0 makes of them, and "older"
where 4.57.1 makes something else. A case that is "stated" is what 4.57.1's tokenizer in Python makes of it: all others give
added tokens other ids than the folder states ("newer").
"""

import json
import os
import pathlib
import random
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
try:
    import tokenizers
    import transformers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
except ImportError as missing:
    sys.exit(print(f"transformers is not installed ({missing}): not checked here; the Java tests hold the same values"))

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "decoder/src/test/resources/dev/dllm4j/decoder"
DATA = RESOURCES / "tokenizers"
VERSIONS = ("4.57.1", "5.24.0")
VERSION = transformers.__version__
OLDER = VERSION == VERSIONS[0]

QWEN_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
              r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA_SPLIT = QWEN_SPLIT.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN3_PLAIN = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<tool_response>", "</tool_response>", "<think>", "</think>"]
LLAMA3 = ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|start_header_id|>",
          "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]


# -- texts

SYLLABLES = "an ber co dor el fi gan ho is ka lo mi nor ot pe qua ri sol ta un ve wo xi yan ze thing ing tion er".split()
OTHERS = ("été naïve Ångström Œuvre straße ﬁne Κόσμος привет мир שלום مرحبا नमस्ते 你好世界 日本語テキスト 한국어 ไทย ½ ² Ⅷ ٣٤ "
          "e\u0301 A\u030a \u1100\u1161 🙂 👩‍🔬 🇩🇪 \u200b \u00a0 \u2028 \ufeff ´ „“ — …").split(" ")
MARKS = ["it's", "I'LL", "we've", "'tis", "x=1;", "a/b", "#hash", "$5.00", "50%", "(y)", "[z]", "{w}", "\\n", "1234567", "3.14",
         "2026-03-07", "!!!", "...", "http://x.y/z?q=1", "snake_case", "camelCase", "<b>", "</b>", "&amp;", "<|", "|>"]
BLANKS = [" ", " ", " ", "  ", "   ", "\n", "\n\n", " \n ", "\t", "\r\n", ""]


def word(chance):
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 3)))


def piece(chance, special):
    kind = chance.random()
    if kind < 0.6:
        return word(chance)
    if kind < 0.75:
        return chance.choice(OTHERS)
    return chance.choice(special) if kind < 0.8 else chance.choice(MARKS)


def text(chance, pieces, special):
    return "".join(piece(chance, special) + chance.choice(BLANKS) for _ in range(pieces))


def texts():
    chance = random.Random(14)
    special = CHATML + QWEN3_PLAIN + LLAMA3
    return [text(chance, chance.randint(0, 14), special) for _ in range(200)]


def conversations():
    chance = random.Random(57)
    made = []
    for number in range(40):
        roles = ["system"] * (number % 3 == 0) + ["user", "assistant"] * chance.randint(0, 2) + ["user"]
        made.append([{"role": role, "content": text(chance, chance.randint(1, 7), MARKS)} for role in roles])
    return made


# -- checkpoints as their authors publish them

def trained(split, tokens, ignore_merges, normalizer, first):
    chance = random.Random(1)
    made = tokenizers.Tokenizer(models.BPE(ignore_merges=ignore_merges))
    made.normalizer = normalizer
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(tokenizers.Regex(split), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
                                  show_progress=False)
    made.train_from_iterator([" ".join(word(chance) for _ in range(200)) for _ in range(50)], trainer)
    made.add_tokens(tokens)
    if first:
        made.post_processor = processors.Sequence([made.post_processor, processors.TemplateProcessing(
            single=f"{first} $A", pair=f"{first} $A {first} $B", special_tokens=[(first, made.token_to_id(first))])])
    return made


def added(content, special=True):
    return tokenizers.AddedToken(content, special=special, normalized=False)


def template(name):
    return (RESOURCES / "template/families" / f"{name}.jinja").read_text("utf-8")


def families():
    """A tokenizer, its configuration, and the rest of a checkpoint, by family."""
    qwen2 = [added(each) for each in CHATML + ["<|beginoftext|>", "<|mask|>"]]
    qwen3 = [added(each) for each in CHATML] + [added(each, False) for each in QWEN3_PLAIN]
    class_of = {"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "clean_up_tokenization_spaces": False,
                "errors": "replace", "model_max_length": 2048, "split_special_tokens": False, "unk_token": None,
                "additional_special_tokens": CHATML[1:3], "pad_token": CHATML[0]}
    yield ("qwen2", trained(QWEN_SPLIT, qwen2, False, normalizers.NFC(), None),
           {**class_of, "bos_token": "<|beginoftext|>", "eos_token": CHATML[0], "mask_token": "<|mask|>",
            "chat_template": template("qwen2")}, True)
    yield ("qwen3", trained(QWEN_SPLIT, qwen3, False, normalizers.NFC(), None),
           {**class_of, "bos_token": None, "eos_token": CHATML[2], "add_bos_token": False,
            "chat_template": template("qwen3-thinking")}, True)
    yield ("llama3", trained(LLAMA_SPLIT, [added(each) for each in LLAMA3], True, None, LLAMA3[0]),
           {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": LLAMA3[0], "eos_token": LLAMA3[6],
            "clean_up_tokenization_spaces": True, "model_input_names": ["input_ids", "attention_mask"],
            "model_max_length": 2048, "chat_template": template("llama3")}, False)


def config(family, tokenizer):
    """As the family's models have it; Dream's is Qwen2's with a mask."""
    sizes = {"vocab_size": 448, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256}
    ids = tokenizer.token_to_id
    if family == "qwen2":
        class DreamConfig(transformers.Qwen2Config):
            model_type = "Dream"
        return DreamConfig(**sizes, rope_theta=1e6, rms_norm_eps=1e-6, eos_token_id=ids("<|endoftext|>"),
                           mask_token_id=ids("<|mask|>"), pad_token_id=ids("<|endoftext|>")), None
    if family == "qwen3":
        return transformers.Qwen3Config(**sizes, head_dim=8, eos_token_id=ids("<|im_end|>")), {
            "eos_token_id": [ids("<|im_end|>"), ids("<|endoftext|>")], "pad_token_id": ids("<|endoftext|>")}
    return transformers.LlamaConfig(**sizes, rope_theta=5e5, bos_token_id=ids(LLAMA3[0]), eos_token_id=ids(LLAMA3[6])), {
        "eos_token_id": [ids(LLAMA3[6]), ids(LLAMA3[1])], "bos_token_id": ids(LLAMA3[0])}


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) + "\n"
    path.write_bytes(shown.encode("utf-8"))


def read(path):
    return json.loads(path.read_text("utf-8"))


def publish(folder, tokenizer, tokenizer_config, python):
    write(folder / "tokenizer.json", tokenizer.to_str(pretty=True))
    tokens = {str(i): json.loads(token.__getstate__() if isinstance(token.__getstate__(), str) else
                                 json.dumps(token.__getstate__()))
              for i, token in tokenizer.get_added_tokens_decoder().items()}
    write(folder / "tokenizer_config.json", {**tokenizer_config, "added_tokens_decoder": tokens})
    if python:
        model = json.loads(tokenizer.to_str())["model"]
        write(folder / "vocab.json", model["vocab"])
        write(folder / "merges.txt", "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"]))


def save(folder, family, tokenizer, tokenizer_config, python):
    """Publishes, loads, and saves with this version."""
    with tempfile.TemporaryDirectory() as temporary:
        published = pathlib.Path(temporary)
        publish(published, tokenizer, tokenizer_config, python)
        model, generation = config(family, tokenizer)
        model.save_pretrained(published)
        transformers.AutoTokenizer.from_pretrained(published).save_pretrained(folder)
    model.save_pretrained(folder)
    if generation:
        write(folder / "generation_config.json", {**generation, "transformers_version": VERSION})


SETTINGS = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "num_key_value_heads", "max_position_embeddings", "rms_norm_eps", "tie_word_embeddings", "pad_token_id")


def settings(folder):
    """As a model of the Qwen2 kind, which they all are here, would have them."""
    loaded = transformers.Qwen2Config.from_pretrained(folder)
    ends = loaded.eos_token_id
    if (folder / "generation_config.json").exists():
        ends = transformers.GenerationConfig.from_pretrained(folder).eos_token_id
    return {**{name: getattr(loaded, name) for name in SETTINGS},
            "rope_theta": loaded.rope_theta if OLDER else loaded.rope_parameters["rope_theta"],
            "eos_token_id": ends if isinstance(ends, list) else [ends]}


def expected(folder):
    loaded = transformers.AutoTokenizer.from_pretrained(folder)
    ids = [loaded.encode(each, add_special_tokens=False) for each in read(DATA / "texts.json")]
    prompts = [
        loaded.apply_chat_template(each, tokenize=False, add_generation_prompt=number % 2 == 0)
        for number, each in enumerate(read(DATA / "conversations.json"))]
    return {
        "named": {name: token for name, token in loaded.special_tokens_map.items() if isinstance(token, str)},
        "config": settings(folder),
        "ids": ids,
        "decoded": [loaded.decode(each, skip_special_tokens=True, clean_up_tokenization_spaces=False) for each in ids],
        "prompts": prompts,
        "promptIds": [loaded.encode(each, add_special_tokens=False) for each in prompts],
    }


# -- folders whose files contradict each other

def case_folder(folder, case, tokens):
    if case.get("python"):
        for name in ("vocab.json", "merges.txt"):
            write(folder / name, (DATA / "qwen2/4.57.1" / name).read_text("utf-8"))
    else:
        base = read(DATA / "llama3/5.24.0/tokenizer.json")
        write(folder / "tokenizer.json", {**base, "added_tokens": case.get("added_tokens", tokens)})
    for name, content in case["files"].items():
        write(folder / name, content)
    write(folder / "config.json", {"model_type": "other"})


def outcome(case, data):
    with tempfile.TemporaryDirectory() as temporary:
        case_folder(pathlib.Path(temporary), case, read(DATA / "llama3/5.24.0/tokenizer.json")["added_tokens"])
        try:
            maker = transformers.Qwen2Tokenizer if case.get("python") and OLDER else transformers.AutoTokenizer
            loaded = maker.from_pretrained(temporary)
            ids = [loaded.encode(each, add_special_tokens=False) for each in data["texts"]]
            return {
                "named": {name: token for name, token in loaded.special_tokens_map.items() if isinstance(token, str)},
                "ids": ids,
                "decoded": [loaded.decode(each, skip_special_tokens=True, clean_up_tokenization_spaces=False)
                            for each in ids],
                "chat": loaded.chat_template and loaded.apply_chat_template(
                    [{"role": "user", "content": "Hi"}], tokenize=False),
            }
        except Exception:  # whatever Python raises, transformers refuses the folder
            return {"fails": True}


def cases(data):
    """The cases with this version's outcome; what the other version's was stays."""
    for case in data["cases"]:
        outcomes = {"4.57.1": case.get("older", case.get("expected")), "5.24.0": case.get("newer", case.get("expected"))}
        outcomes[VERSION] = outcome(case, data)
        taken, other = ("4.57.1", "5.24.0") if case.get("stated") else ("5.24.0", "4.57.1")
        case.pop("older", None), case.pop("newer", None)
        case["expected"] = outcomes[taken]
        if outcomes[other] != outcomes[taken]:
            case["newer" if case.get("stated") else "older"] = outcomes[other]
    return data


# -- the two uses

def files(folder):
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}


def write_all():
    if OLDER:
        write(DATA / "texts.json", texts())
        write(DATA / "conversations.json", conversations())
    for family, *made in families():
        folder = DATA / family / VERSION
        folder.mkdir(parents=True, exist_ok=True)
        save(folder, family, *made)
        if OLDER:
            write(DATA / family / "expected.json", expected(folder))
    if (DATA / "llama3/5.24.0").exists():
        write(DATA / "cases.json", cases(read(DATA / "cases.json")))


def check():
    """Names of what is not as it is stored."""
    for family, *made in families():
        wanted = read(DATA / family / "expected.json")
        for version in VERSIONS[: 1 if OLDER else 2]:  # 4.57.1 reads no list of extra special tokens
            if expected(DATA / family / version) != wanted:
                yield f"what {family} saved by {version} comes to"
        with tempfile.TemporaryDirectory() as temporary:
            save(pathlib.Path(temporary), family, *made)
            if files(pathlib.Path(temporary)) != files(DATA / family / VERSION):
                yield f"what is saved of {family}"
    for case, stored in zip(cases(read(DATA / "cases.json"))["cases"], read(DATA / "cases.json")["cases"]):
        if case != stored:
            yield f"the case '{stored['name']}'"


def main():
    if VERSION not in VERSIONS:
        sys.exit(f"transformers is {VERSION}; the data is of {' and '.join(VERSIONS)}")
    if "--write" in sys.argv:
        write_all()
        return
    wrong = list(check())
    if wrong:
        sys.exit(f"transformers {VERSION} has it differently: {', '.join(wrong)}; see --write")
    print(f"3 families and {len(read(DATA / 'cases.json')['cases'])} cases are as transformers {VERSION} has them")


main()
