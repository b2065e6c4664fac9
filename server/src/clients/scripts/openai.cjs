// What OpenAI's package for JavaScript makes of a server: node openai.cjs BASE_URL [cancel]
"use strict";
const OpenAI = require("openai").OpenAI;
const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any", maxRetries: 0 });
const question = { model: "scripted", messages: [{ role: "user", content: "5 6 7" }], max_tokens: 8 };

async function failure(request) {
  try {
    await client.chat.completions.create(request);
    return {};
  } catch (error) {
    return error;
  }
}

async function cancel() {
  const stream = await client.chat.completions.create({ ...question, stream: true });
  for await (const chunk of stream) {
    const first = chunk.choices[0].delta.content;
    if (first) {
      stream.controller.abort();
      return { first };
    }
  }
  return {};
}

async function converse() {
  const whole = await client.chat.completions.create(question);
  let streamed = "";
  let pieces = 0;
  let usage = 0;
  const stream = await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    pieces += piece ? 1 : 0;
    streamed += piece;
    usage = chunk.usage?.completion_tokens ?? usage;
  }
  const bad = await failure({ ...question, temperature: -1 });
  const missing = await failure({ ...question, model: "gpt-9" });
  const models = (await client.models.list()).data.map(model => model.id);
  return {
    text: whole.choices[0].message.content, streamed, pieces, usage, models,
    bad_status: bad.status, bad_param: bad.param, missing_status: missing.status, missing_code: missing.code,
  };
}

(process.argv[3] === "cancel" ? cancel() : converse()).then(said => console.log(JSON.stringify(said)));
