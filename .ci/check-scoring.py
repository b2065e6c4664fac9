"""Compares the scoring vectors with lm-evaluation-harness; an optional check beside the tests, which need no Python.

  python3 .ci/check-scoring.py            compares outputs.jsonl with the installed lm_eval, or with its regexes
  python3 .ci/check-scoring.py --write    makes outputs.jsonl anew, by mutation of the starter's worked answers
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE = ROOT / "eval/src/test/resources/dev/dllm4j/eval/outputs.jsonl"
WORKED = ROOT / "models/src/main/resources/dev/dllm4j/models/starter/test.jsonl"
FLEXIBLE = "(-?[$0-9.,]{2,})|(-?[0-9]+)"
TASKS = {
    "gsm8k": ("#### (\\-?[0-9\\.\\,]+)", ["Question:", "</s>", "<|im_end|>"]),
    "gsm8k_cot": ("The answer is (\\-?[0-9\\.\\,]+).", ["Q:", "</s>", "<|im_end|>"]),
}
IGNORED = [",", "\\$", "(?s).*#### ", "\\.$"]

try:
    from lm_eval.api.metrics import exact_match_hf_evaluate
    from lm_eval.filters.extraction import RegexFilter

    BY = "lm_eval"

    def extracted(pattern, text, which):
        return RegexFilter(regex_pattern=pattern, group_select=which).apply([[text]], [{}])[0][0]

    def equal(found, reference):
        score = exact_match_hf_evaluate(
            predictions=[found], references=[reference], regexes_to_ignore=IGNORED, ignore_case=True)
        return bool(score["exact_match"])

except ImportError as missing:
    BY = f"its regexes in Python's re (lm_eval: {missing})"

    def extracted(pattern, text, which):
        found = re.findall(pattern, text)
        if not found:
            return "[invalid]"
        match = found[which]
        if isinstance(match, tuple):
            match = [group for group in match if group][0]
        return match.strip()

    def equal(found, reference):
        return normalised(found) == normalised(reference)


def normalised(text):
    for pattern in IGNORED:
        text = re.sub(pattern, "", text)
    return text.lower()


def verdict(pattern, which, output, reference):
    found = extracted(pattern, output, which)
    return {
        "extracted": "[invalid]" if found == "[invalid]" else normalised(found),
        "correct": equal(found, reference),
    }


def verdicts(output, reference):
    result = {}
    for task, (strict, stops) in TASKS.items():
        cut = output
        for stop in stops:
            cut = cut.split(stop)[0]
        result[task] = {
            "strict": verdict(strict, 0, cut, reference),
            "flexible": verdict(FLEXIBLE, -1, cut, reference),
        }
    return result


def mutations(work, number):
    grouped = f"{int(number) * 1000:,}"
    other = str(int(number) + 1)
    return {
        "as it is": f"{work} #### {number}",
        "wrong": f"{work} #### {other}",
        "full stop": f"{work}\n#### {number}.",
        "dollar": f"{work} #### ${number}",
        "decimals": f"{work} #### {number}.00",
        "thousands": f"{work} #### {grouped}",
        "minus": f"{work} #### -{number}",
        "no space": f"{work} ####{number}",
        "two spaces": f"{work} ####  {number}",
        "two marks": f"#### {number} then #### {other}",
        "unit": f"{work} #### {number} apples",
        "stated": f"{work} The answer is {number}.",
        "stated, end": f"{work} The answer is {number}",
        "stated in dollars": f"{work} The answer is ${number}.",
        "boxed": f"{work} \\boxed{{{number}}}",
        "dots": f"{work} so {number} apples...",
        "bare": number,
        "next question": f"{work} #### {number}\nQuestion: How many? #### {other}",
        "next Q": f"The answer is {number}.\n\nQ: How many? The answer is {other}.",
        "end token": f"{work} #### {number}</s> 7",
        "im_end": f"The answer is {number}.<|im_end|> 7",
        "line end": f"The answer is {number}\n",
        "carriage return": f"The answer is {number}\r\n#### {number}\r\n",
        "cut short": f"{work} #### {number}"[:-1],
        "letters": f"{work} #### O{number}",
        "case": f"{work} the answer IS {number}.",
        "nothing": "",
    }


def cases():
    lines = [json.loads(line) for line in WORKED.read_text().splitlines()[:40:5]]
    for line in lines:
        work, number = line["answer"].rsplit(" #### ", 1)
        for kind, output in mutations(work, number).items():
            reference = line["answer"] if kind != "thousands" else f"{work} #### {int(number) * 1000}"
            yield {"kind": kind, "reference": reference, "output": output, **verdicts(output, reference)}


if "--write" in sys.argv:
    FILE.write_text("".join(json.dumps(case) + "\n" for case in cases()))
there = [json.loads(line) for line in FILE.read_text().splitlines()]
wrong = [case for case in there if verdicts(case["output"], case["reference"]) != {t: case[t] for t in TASKS}]
print(f"{len(there)} outputs checked by {BY}: {len(wrong)} differ")
sys.exit(1 if wrong or len(there) < 200 else 0)
