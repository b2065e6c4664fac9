"""What OpenAI's package for Python makes of a server in trouble: python openai_failing.py BASE_URL stream|helper|ask RETRIES"""
import json
import sys

from openai import APIError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="any", max_retries=int(sys.argv[3]))
question = {"model": "scripted", "messages": [{"role": "user", "content": "5 6 7"}], "max_tokens": 8}
options = {"include_usage": True, "include_canvas": True}
said = {"text": "", "steps": 0, "error": "", "code": "", "message": ""}


def stream():
    for chunk in client.chat.completions.create(**question, stream=True, stream_options=options):
        if chunk.choices:
            said["text"] += chunk.choices[0].delta.content or ""
        told = getattr(chunk, "canvas", None)
        said["steps"] += 1 if told and told["type"] == "step" else 0


def helper():
    with client.chat.completions.stream(**question, stream_options=options) as events:
        for _ in events:
            pass
        # Its get_final_completion() refuses every answer that ends by its length.
        said["text"] = events.current_completion_snapshot.choices[0].message.content


def ask():
    said["text"] = client.chat.completions.create(**question).choices[0].message.content


try:
    {"stream": stream, "helper": helper, "ask": ask}[sys.argv[2]]()
except APIError as error:
    said.update(error=type(error).__name__, code=error.code or "", message=error.message)
print(json.dumps(said))
