"""What OpenAI's package for Python makes of a server: python openai_client.py BASE_URL [cancel]"""
import json
import sys

from openai import APIStatusError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="any", max_retries=0)
question = {"model": "scripted", "messages": [{"role": "user", "content": "5 6 7"}], "max_tokens": 8}


def failure(**changed):
    try:
        client.chat.completions.create(**{**question, **changed})
    except APIStatusError as error:
        return error
    raise AssertionError("no error")


def cancel():
    with client.chat.completions.create(**question, stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                return {"first": chunk.choices[0].delta.content}


def converse():
    whole = client.chat.completions.create(**question)
    streamed, pieces, usage = "", 0, 0
    for chunk in client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True}):
        piece = (chunk.choices[0].delta.content or "") if chunk.choices else ""
        streamed += piece
        pieces += 1 if piece else 0
        usage = chunk.usage.completion_tokens if chunk.usage else usage
    bad, missing = failure(temperature=-1), failure(model="gpt-9")
    return {
        "text": whole.choices[0].message.content,
        "streamed": streamed,
        "pieces": pieces,
        "usage": usage,
        "models": [model.id for model in client.models.list().data],
        "bad_status": bad.status_code,
        "bad_param": bad.param,
        "missing_status": missing.status_code,
        "missing_code": missing.code,
    }


print(json.dumps(cancel() if len(sys.argv) > 2 else converse()))
