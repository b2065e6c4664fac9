// What OpenAI's package for JavaScript makes of a server in trouble: node openai_failing.cjs BASE_URL stream|helper|ask RETRIES
"use strict";
const OpenAI = require("openai").OpenAI;
const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any", maxRetries: Number(process.argv[4]) });
const question = { model: "scripted", messages: [{ role: "user", content: "5 6 7" }], max_tokens: 8 };
const stream_options = { include_usage: true, include_canvas: true };
const said = { text: "", steps: 0, error: "", code: "", message: "" };

const calls = {
  async stream() {
    for await (const chunk of await client.chat.completions.create({ ...question, stream: true, stream_options })) {
      said.text += chunk.choices[0]?.delta.content ?? "";
      said.steps += chunk.canvas?.type === "step" ? 1 : 0;
    }
  },
  async helper() {
    const whole = await client.chat.completions.stream({ ...question, stream_options }).finalChatCompletion();
    said.text = whole.choices[0].message.content;
  },
  async ask() {
    said.text = (await client.chat.completions.create(question)).choices[0].message.content;
  },
};

calls[process.argv[3]]()
  .catch(error => Object.assign(said, { error: error.constructor.name, code: error.code ?? "", message: error.message }))
  .then(() => console.log(JSON.stringify(said)));
