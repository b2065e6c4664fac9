"""What LLaDA's own code computes and decodes with the bundled starter model; the tests need no Python.

  pip install torch==2.7.1 transformers==4.46.3 einops==0.8.1 numpy safetensors
  python reference/starter.py ORIGINALS            writes reference/starter.json

ORIGINALS is a folder with generate.py of github.com/ML-GSAI/LLaDA at b7e6c356 (MIT), and llada/ with modeling_llada.py
and configuration_llada.py of github.com/NVlabs/Fast-dLLM, llada/model, at 24cc59e7 (Apache-2.0). The model runs in
float32, on one thread, in vectors of eight; of positions that are equally sure the sampler takes the first. A decode is
kept only if it comes out in the same order under three draws of noise on the logits, and short ones in float64 as well:
what hangs on rounding says nothing about the code. Long ones, where confidences round to the same few numbers below 1, get
as much noise as two libraries' sums differ by.
"""

import json
import os
import pathlib
import sys

os.environ["ATEN_CPU_CAPABILITY"] = "avx2"

import safetensors.torch
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTER = ROOT / "models/src/main/resources/dev/dllm4j/models/starter"
FILE = ROOT / "reference/starter.json"
SHORT = [(16, 16, 16), (24, 8, 24), (32, 16, 16), (32, 32, 8)]  # gen length, block length, steps
LONG = [(64, 32, 64)]

sys.path.insert(0, sys.argv[1])
from generate import generate  # noqa: E402
from llada.configuration_llada import LLaDAConfig  # noqa: E402
from llada.modeling_llada import LLaDAModelLM  # noqa: E402


class Recorder:
    """Stands for the model in the sampler, with another number format or noise, and keeps every canvas it is given."""

    device = torch.device("cpu")

    def __init__(self, model, dtype=torch.float32, noise=0.0, seed=0):
        self.model = model.to(dtype)
        self.noise = noise
        self.draws = torch.Generator().manual_seed(seed)
        self.canvases = []

    def __call__(self, ids, attention_mask=None):
        self.canvases.append(ids.clone())
        output = self.model(ids, attention_mask=attention_mask)
        if self.noise > 0:
            output.logits = output.logits + self.noise * torch.randn(output.logits.shape, generator=self.draws)
        return output


def decode(recorder, prompt, frame):
    gen_length, block_length, steps = frame
    final = generate(recorder, prompt, steps=steps, gen_length=gen_length, block_length=block_length, mask_id=MASK)
    commits = []
    for before, after in zip(recorder.canvases, recorder.canvases[1:] + [final]):
        commits.append((before != after)[0].nonzero().flatten().tolist())
    return final[0].tolist(), commits


torch.set_num_threads(1)
config = json.loads((STARTER / "config.json").read_text())
MASK = config["mask_token_id"]
model = LLaDAModelLM(LLaDAConfig(**config, use_cache=False), init_params=False).eval()
missing = model.load_state_dict(safetensors.torch.load_file(STARTER / "model.safetensors"))
print("loaded:", missing)
tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(STARTER)
questions = [json.loads(line)["question"] for line in (STARTER / "test.jsonl").read_text().splitlines()]



def first_on_ties(values, k):
    order = torch.sort(values, descending=True, stable=True)
    return order.values[:k], order.indices[:k]


def kept(questions, frames, noise, formats):
    """Decodes with the frames in turn; those that come out the same way again."""
    decodes = []
    for number, question in enumerate(questions):
        frame = frames[number % len(frames)]
        text = tokenizer.apply_chat_template([{"role": "user", "content": question}], tokenize=False)
        prompt = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
        with torch.no_grad():
            first = decode(Recorder(model), prompt, frame)
            others = [decode(Recorder(model, dtype), prompt, frame) for dtype in formats]
            others += [decode(Recorder(model, noise=noise, seed=seed), prompt, frame) for seed in range(3)]
        if all(other == first for other in others):
            decodes.append({
                "question": question, "prompt_ids": prompt[0].tolist(), "gen_length": frame[0],
                "block_length": frame[1], "steps": frame[2], "commits": first[1], "final_ids": first[0]})
    print(f"{frames}: {len(decodes)} decodes kept of {len(questions)}")
    return decodes


torch.topk = first_on_ties
decodes = kept(questions[:16], SHORT, 2e-4, [torch.float64]) + kept(questions[16:32], LONG, 2e-6, [])

canvas = torch.tensor([decodes[0]["prompt_ids"] + [MASK] * 24])
with torch.no_grad():
    logits = model.to(torch.float32)(canvas).logits[0]
top = logits.topk(2).values
lines = {
    "source": "generate.py of ML-GSAI/LLaDA at b7e6c356, modeling_llada.py of NVlabs/Fast-dLLM at 24cc59e7",
    "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, CPU, float32, one thread",
    "input_ids": canvas[0].tolist(),
    "argmax": logits.argmax(-1).tolist(),
    "least_lead": float((top[:, 0] - top[:, 1]).min()),
    "logits_row_last": [float(value) for value in logits[-1]],
}
text = "{\n" + "".join(f'"{key}": {json.dumps(value)},\n' for key, value in lines.items())
text += '"plain_decodes": [\n' + ",\n".join(json.dumps(each) for each in decodes) + "\n]\n}\n"
FILE.write_text(text)
print(f"least lead of a best logit {lines['least_lead']:.4f}")
