"use strict";

/** A small model steps faster than an eye follows, so each step stays this long; a long backlog is shown faster. */
const FRAME_MS = 70;

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const scrub = byId("scrub");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 860px)");
let served = [];
let lanes = [];
let running = null;
let outcome = null;
let playing = 0;
let following = true;

function say(text) {
  byId("status").textContent = text;
}

function complain(text) {
  byId("alert").textContent = text;
}

/* ---- the server ---- */

function authorization() {
  const key = byId("key").value.trim();
  return key ? { Authorization: "Bearer " + key } : {};
}

function askForKey() {
  byId("more").open = true;
  byId("key-field").hidden = false;
}

/** The response, or a rejection with what the server says is wrong. */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { "Content-Type": "application/json", ...authorization() } });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error("The server does not answer; is it still running?");
  }
  if (response.ok) { return response; }
  if (response.status === 401) {
    askForKey();
    throw new Error("This server asks for an API key; give it under Model.");
  }
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error?.message ?? `The server answered with status ${response.status}.`);
}

async function loadModels() {
  served = (await (await ask("v1/models")).json()).data ?? [];
  const select = byId("model");
  const before = select.value;
  select.replaceChildren(...served.map(model => element("option", { value: model.id, textContent: model.id })));
  if (served.some(model => model.id === before)) { select.value = before; } else { fitChosen(); }
  complain("");
}

function fitChosen() {
  fitModel(served.find(model => model.id === byId("model").value)?.defaults);
}

/** Calls back with name and data of every server-sent event of a response. */
async function readEvents(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) { return; }
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      let name = "message";
      let data = "";
      for (const line of event.split("\n")) {
        if (line.startsWith("event: ")) { name = line.slice(7); }
        if (line.startsWith("data: ")) { data += line.slice(6); }
      }
      if (data && data !== "[DONE]") { onEvent(name, JSON.parse(data)); }
    }
  }
}

/** What an event says to a lane: all that this page knows of a stream's fields. */
function take(lane, name, data) {
  if (data.error || name === "error") { throw new Error(data.error?.message ?? data.message ?? "The server ended the stream."); }
  for (const warning of data.warnings ?? []) { lane.warn(warning.message); }
  if (name === "canvas") {
    const told = data.canvas;
    if (told.type === "start") { lane.start(told); }
    if (told.type === "step") { lane.step(told); }
    if (told.type === "done") { lane.done = told; }
  } else if (data.choices?.length) {
    lane.delta(data.choices[0].delta?.content ?? data.choices[0].text ?? "");
  }
}

/** Path and body of what is asked, without how to decode it. */
function question() {
  const text = prompt.value;
  if (mode() === "gap") {
    const [gap] = text.matchAll(GAP);
    return ["v1/completions", { prompt: text.slice(0, gap.index), suffix: text.slice(gap.index + gap[0].length), max_tokens: Number(gap[1]) }, {}];
  }
  const system = byId("system").value.trim();
  const messages = [...system ? [{ role: "system", content: system }] : [], ...turns, { role: "user", content: text }];
  return ["v1/chat/completions", { messages, max_tokens: Number(byId("length").value) }, { block_length: Number(byId("block").value) }];
}

async function decode(lane, signal, [path, asked, decoding]) {
  const body = {
    ...asked,
    temperature: Number(byId("temperature").value),
    seed: Number(byId("seed").value),
    stream: true,
    stream_options: { include_usage: true, include_canvas: true },
    decoding: { ...lane.settings, ...decoding },
  };
  if (byId("model").value) { body.model = byId("model").value; }
  const response = await ask(path, { method: "POST", signal, body: JSON.stringify(body) });
  await readEvents(response, (name, data) => {
    take(lane, name, data);
    follow();
  });
  if (!lane.done) { throw new Error("The connection ended before the answer did."); }
}

/* ---- running ---- */

function begin(two, around) {
  byId("lanes").replaceChildren();
  byId("lanes").classList.toggle("two", two);
  lanes = settingsOf.slice(0, two ? 2 : 1).map((settings, index) => new Lane(index, settings(), around));
}

async function run() {
  stop();
  stopPlaying();
  complain("");
  if (obstacle()) { prompt.focus(); return; }
  const abort = new AbortController();
  const asked = question();
  running = abort;
  following = true;
  outcome = null;
  scrub.value = scrub.max = 0;
  begin(byId("compare").checked, asked[1].messages ? null : [asked[1].prompt, asked[1].suffix]);
  byId("stop").disabled = false;
  say("Decoding…");
  if (narrow.matches) { byId("lanes").scrollIntoView({ block: "nearest" }); }
  const results = await Promise.allSettled(lanes.map(lane => decode(lane, abort.signal, asked)));
  if (running !== abort) { return; }
  running = null;
  byId("stop").disabled = true;
  conclude(results, abort.signal.aborted, asked[1].messages);
  follow();
}

/** Says how it ended; what was decoded may still be on its way to the eye, so the rest waits for that. */
function conclude(results, stopped, messages) {
  const failed = results.find(result => result.status === "rejected");
  let text = "Stopped.";
  if (failed && !stopped) {
    text = "Ended with an error.";
    complain(failed.reason.message);
  } else if (!stopped) {
    text = "Done: " + lanes.map((lane, index) => `${lanes.length > 1 ? "AB"[index] + " " : ""}${counted(lane.steps.length, "forward")}, ${counted(lane.done.usage.completion_tokens, "token")}`).join("; ") + ".";
  }
  lanes.filter((lane, index) => results[index].status === "rejected").forEach(lane => lane.fail());
  const kept = lanes.filter((lane, index) => messages && results[index].status === "fulfilled" && lane.text() !== "");
  outcome = () => {
    outcome = null;
    say(text);
    for (const lane of kept) {
      const keep = lane.root.querySelector(".keep");
      keep.hidden = false;
      keep.addEventListener("click", () => askOn(messages.at(-1).content, lane.text()));
    }
  };
}

function stop() {
  if (running) { running.abort(); }
}

/* ---- several turns ---- */

function askOn(user, assistant) {
  turns.push({ role: "user", content: user }, { role: "assistant", content: assistant });
  drafts.chat = "";
  showTurns();
}

function showTurns() {
  byId("turns").replaceChildren(...turns.map(turn => element("li", { className: turn.role },
    element("b", { textContent: turn.role === "user" ? "You" : "Model" }), element("p", { textContent: turn.content }))));
  clearStage();
  fitMode();
  prompt.focus();
}

function welcome() {
  byId("lanes").replaceChildren(turns.length === 0 ? byId("welcome-template").content.cloneNode(true)
    : element("p", { className: "welcome card hint", textContent: "The conversation above goes with the next message." }));
  byId("lanes").classList.remove("two");
}

function clearStage() {
  stop();
  stopPlaying();
  lanes = [];
  running = null;
  byId("stop").disabled = true;
  welcome();
  outcome = null;
  complain("");
  say("");
  follow();
}

/* ---- scrubbing ---- */

let scheduled = 0;
let shownAt = 0;

/** Goes to the newest step, at a pace that an eye follows, unless the user looks at another. */
function follow() {
  scheduled ||= requestAnimationFrame(now => {
    scheduled = 0;
    const newest = Math.max(0, ...lanes.map(lane => lane.steps.length));
    scrub.max = newest;
    scrub.disabled = byId("play").disabled = newest === 0;
    const behind = following ? newest - Number(scrub.value) : 0;
    if (behind > 0) {
      if (!calm.matches && now - shownAt < FRAME_MS) { follow(); return; }
      shownAt = now;
      scrub.value = calm.matches ? newest : Number(scrub.value) + Math.ceil(behind / 24);
    }
    show();
    if (following && scrub.value !== scrub.max) { follow(); } else { outcome?.(); }
  });
}

function show() {
  const step = Number(scrub.value);
  byId("scrub-label").textContent = lanes.length === 0 ? "step –" : `step ${step} / ${scrub.max}`;
  lanes.forEach(lane => lane.draw(step));
}

function stopPlaying() {
  clearInterval(playing);
  playing = 0;
  byId("play").textContent = "▶";
  byId("play").setAttribute("aria-label", "Play from the first step");
}

function play() {
  if (playing) { stopPlaying(); return; }
  following = false;
  if (scrub.value === scrub.max) { scrub.value = 0; }
  byId("play").textContent = "❚❚";
  byId("play").setAttribute("aria-label", "Pause");
  playing = setInterval(() => {
    scrub.value = Number(scrub.value) + 1;
    show();
    if (scrub.value === scrub.max) { stopPlaying(); }
  }, 220);
}

/** The canvas comes first where there is room for one column; keyboards and screen readers meet the same order. */
function arrange() {
  if (narrow.matches) { byId("controls").prepend(byId("stage")); } else { byId("controls").append(byId("stage")); }
}

scrub.addEventListener("input", () => {
  stopPlaying();
  following = scrub.value === scrub.max;
  show();
});
byId("play").addEventListener("click", play);
byId("stop").addEventListener("click", stop);
byId("controls").addEventListener("submit", event => { event.preventDefault(); run(); });
prompt.addEventListener("input", fitRun);
for (const radio of document.querySelectorAll("[name=mode]")) { radio.addEventListener("change", fitMode); }
byId("compare").addEventListener("change", event => { byId("lane-settings-1").hidden = !event.target.checked; });
byId("forget").addEventListener("click", () => { turns = []; drafts.chat = MODES.chat.text; showTurns(); });
byId("model").addEventListener("change", fitChosen);
byId("key").addEventListener("change", () => loadModels().catch(error => complain(error.message)));
narrow.addEventListener("change", arrange);
document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  if (event.key === "Escape") { stop(); hideTip(); }
});

arrange();
fitMode();
welcome();
loadModels().catch(error => complain(error.message));
