"use strict";

/** What a strategy's one slider means: bounds, step, default. */
const STRATEGIES = {
  threshold: { label: "threshold", low: 0.5, high: 1, step: 0.01, value: 0.9 },
  factor: { label: "factor", low: 0.1, high: 3, step: 0.1, value: 1 },
  entropy: { label: "entropy", low: 0.05, high: 1.5, step: 0.05, value: 0.45 },
  hierarchy: { label: "threshold", low: 0.5, high: 1, step: 0.01, value: 0.9 },
  topk: { label: "tokens a step", low: 1, high: 16, step: 1, value: 2 },
  filter: { label: "accept", low: 0.5, high: 1, step: 0.01, value: 0.96, name: "accept=" },
  credit: null,
  revise: null,
  schedule: null,
};
const CACHES = ["none", "prefix", "dual", "elastic", "dllm-cache"];
const DEFAULTS = [{ strategy: "threshold", cache: "none" }, { strategy: "schedule", cache: "dual" }];

const byId = id => document.getElementById(id);
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const scrub = byId("scrub");
const status = byId("status");
let lanes = [];
let running = null;
let playing = 0;
let following = true;

/* ---- controls ---- */

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function choice(id, label, values, chosen) {
  const select = element("select", { id }, ...values.map(value => element("option", { value, textContent: value })));
  select.value = chosen;
  return [element("div", { className: "field" }, element("label", { htmlFor: id, textContent: label }), select), select];
}

function laneSettings(index) {
  const box = byId("lane-settings-" + index);
  const [strategyField, strategy] = choice(`strategy-${index}`, "Strategy", Object.keys(STRATEGIES), DEFAULTS[index].strategy);
  const [cacheField, cache] = choice(`cache-${index}`, "Cache", CACHES, DEFAULTS[index].cache);
  const value = element("input", { id: `value-${index}`, type: "range" });
  const shown = element("output");
  const name = element("span");
  const valueField = element("div", { className: "field wide" },
    element("label", { htmlFor: value.id }, name, shown), value);
  const fit = () => {
    const range = STRATEGIES[strategy.value];
    valueField.hidden = !range;
    if (range) {
      Object.assign(value, { min: range.low, max: range.high, step: range.step });
      value.value = range.value;
      name.textContent = range.label;
      shown.textContent = value.value;
    }
  };
  strategy.addEventListener("change", fit);
  value.addEventListener("input", () => { shown.textContent = value.value; });
  box.append(strategyField, cacheField, valueField);
  fit();
  return () => {
    const range = STRATEGIES[strategy.value];
    return { strategy: range ? `${strategy.value}(${range.name ?? ""}${value.value})` : strategy.value, cache: cache.value };
  };
}

const settingsOf = [laneSettings(0), laneSettings(1)];

for (const slider of document.querySelectorAll("#more input[type=range]")) {
  const show = () => { slider.parentElement.querySelector("output").textContent = slider.value; };
  slider.addEventListener("input", show);
  show();
}

function authorization() {
  const key = byId("key").value.trim();
  return key ? { Authorization: "Bearer " + key } : {};
}

function askForKey() {
  byId("more").open = true;
  byId("key-field").hidden = false;
  say("This server asks for an API key.", true);
}

async function loadModels() {
  const reply = await fetch("v1/models", { headers: authorization() });
  if (reply.status === 401) { askForKey(); return; }
  const models = (await reply.json()).data ?? [];
  const select = byId("model");
  const before = select.value;
  select.replaceChildren(...models.map(model => element("option", { value: model.id, textContent: model.id })));
  if (models.some(model => model.id === before)) { select.value = before; }
}

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

/** A token as a cell shows it: the end of the text and padding have none. */
function glyph(text) {
  if (text === "") { return "∎"; }
  return text.trim() || (text.includes("\n") ? "↵" : "␣");
}

/* ---- one lane: a recording of its steps, and its picture ---- */

class Lane {
  constructor(index, settings) {
    this.settings = settings;
    this.steps = [];
    this.deltas = [];
    this.prompt = 0;
    this.initialLength = 0;
    this.layers = 0;
    this.done = null;
    this.warnings = [];
    this.begun = performance.now();
    this.root = byId("lane-template").content.cloneNode(true).firstElementChild;
    this.root.querySelector(".badge").textContent = "AB"[index];
    this.root.querySelector(".spec").textContent = settings.strategy + (settings.cache === "none" ? "" : " · " + settings.cache);
    this.canvas = this.root.querySelector(".canvas");
    this.heat = this.root.querySelector(".heat");
    const probe = this.root.querySelector(".probe");
    this.canvas.addEventListener("pointerover", event => { probe.textContent = event.target.title || "\u00a0"; });
    this.cells = [];
    byId("lanes").append(this.root);
  }

  start(event) {
    this.prompt = event.prompt_length;
    this.initialLength = event.length;
    this.layers = event.layers;
    this.block = event.settings.block_length ?? 0;
    this.draw(0);
  }

  step(event) {
    event.at = performance.now() - this.begun;
    this.steps.push(event);
  }

  delta(text) {
    // A delta belongs to the step whose canvas event came just before it.
    this.deltas[this.steps.length] = (this.deltas[this.steps.length] ?? "") + text;
  }

  /** The canvas after so many steps: for each position null, or its commit. */
  stateAfter(count) {
    let length = this.initialLength;
    const state = new Map();
    for (let index = 0; index < count; index++) {
      const step = this.steps[index];
      for (const commit of step.commits) { state.set(commit.position, { ...commit, step: index + 1 }); }
      for (const position of step.taken_back) { state.delete(position); }
      length = step.length;
    }
    return { length, state };
  }

  draw(count) {
    count = Math.min(count, this.steps.length);
    const { length, state } = this.stateAfter(count);
    const total = length - this.prompt;
    while (this.cells.length > total) { this.cells.pop().remove(); }
    while (this.cells.length < total) {
      const cell = element("span", { className: "cell mask" });
      this.cells.push(cell);
      this.canvas.append(cell);
    }
    this.cells.forEach((cell, place) => this.drawCell(cell, this.prompt + place, state.get(this.prompt + place), count));
    const committed = [...state.keys()].filter(position => position < length).length;
    this.canvas.setAttribute("aria-label", `${committed} of ${total} positions committed after ${count} steps`);
    this.drawNumbers(count, committed);
    this.drawHeat(count);
    this.root.querySelector(".answer").textContent = this.deltas.slice(0, count + 1).join("");
  }

  drawCell(cell, position, commit, count) {
    const place = position - this.prompt;
    if (!commit) {
      cell.className = "cell mask";
      cell.textContent = "";
      cell.title = `position ${place}: mask`;
      return;
    }
    const text = glyph(commit.text);
    cell.className = "cell token" + (commit.step === count ? " new" : "") + (commit.text.trim() === "" ? " quiet" : "");
    cell.textContent = text;
    cell.style.setProperty("--above", Math.max(0, Math.min(1, (commit.probability - 0.6) / 0.4)).toFixed(3));
    cell.style.setProperty("--middle", Math.max(0, Math.min(1, (commit.probability - 0.2) / 0.4)).toFixed(3));
    cell.title = `position ${place}: ${JSON.stringify(commit.text)}, probability ${commit.probability.toFixed(4)}, step ${commit.step}`;
  }

  drawNumbers(count, committed) {
    const set = (name, html) => { this.root.querySelector(`[data-number=${name}]`).replaceChildren(...html); };
    const unit = text => element("small", { textContent: " " + text });
    const last = this.steps[count - 1];
    const finished = this.done && count === this.steps.length;
    const work = finished ? this.done.usage.work : null;
    set("forwards", [String(count)]);
    set("tpf", [count === 0 ? "–" : (work ? work.tokens_per_forward : committed / count).toFixed(2)]);
    set("rows", last ? [String(Math.round(100 * last.rows_computed / last.rows_full)), unit("%")] : ["–"]);
    set("time", last ? [String(Math.round(work ? work.total_ms : last.at)), unit("ms")] : ["–"]);
  }

  /** A column a step, a row a layer, the first layer on top: as dark as the share of rows it computed. */
  drawHeat(count) {
    this.heat.hidden = this.steps.length === 0;
    const svg = this.heat.querySelector("svg");
    if (this.drawnHeat !== this.steps.length) {
      this.drawnHeat = this.steps.length;
      svg.setAttribute("viewBox", `0 0 ${this.steps.length} ${this.layers}`);
      const pieces = [];
      this.steps.forEach((step, index) => {
        const before = this.steps[index - 1] ?? { rows_computed: 0, rows_full: 0 };
        const full = step.rows_full - before.rows_full;
        const whole = this.layers - step.refreshed_from;
        // What the layers before the first whole one computed, of all they could have.
        const share = step.refreshed_from === 0 ? 1
          : Math.max(0, (step.rows_computed - before.rows_computed) * this.layers - whole * full) / (step.refreshed_from * full);
        for (let layer = 0; layer < this.layers; layer++) {
          const value = layer >= step.refreshed_from ? 1 : Math.min(1, share);
          pieces.push(`<rect x="${index}" y="${layer}" width="1" height="1" opacity="${(0.08 + 0.92 * value).toFixed(3)}"/>`);
        }
      });
      svg.innerHTML = pieces.join("") + '<rect class="cursor" y="0" width="1"/>';
      svg.setAttribute("aria-label", `Rows computed in ${this.layers} layers over ${this.steps.length} steps`);
    }
    const cursor = svg.querySelector(".cursor");
    cursor.setAttribute("x", Math.max(0, count - 1));
    cursor.setAttribute("height", this.layers);
    cursor.setAttribute("visibility", count > 0 && this.steps.length > 1 ? "visible" : "hidden");
  }
}

/* ---- running ---- */

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

async function decode(lane, signal) {
  const body = {
    messages: [{ role: "user", content: byId("prompt").value }],
    max_tokens: Number(byId("length").value),
    temperature: Number(byId("temperature").value),
    seed: Number(byId("seed").value),
    stream: true,
    stream_options: { include_usage: true, include_canvas: true },
    decoding: { ...lane.settings, window: `blocks(${byId("block").value})` },
  };
  if (byId("model").value) { body.model = byId("model").value; }
  const response = await fetch("v1/chat/completions", {
    method: "POST", signal, body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...authorization() },
  });
  if (!response.ok) {
    if (response.status === 401) { askForKey(); }
    throw new Error((await response.json()).error.message);
  }
  await readEvents(response, (name, data) => {
    if (data.error) { throw new Error(data.error.message); }
    if (name === "canvas") {
      if (data.type === "start") { lane.start(data); }
      if (data.type === "step") { lane.step(data); }
      if (data.type === "done") { lane.done = data; }
    } else if (data.choices?.length) {
      lane.delta(data.choices[0].delta.content ?? "");
    }
    lane.warnings = data.warnings ?? lane.warnings;
    follow();
  });
}

/** What the server says against trusting the answers, each once. */
function warnings() {
  return [...new Set(lanes.flatMap(lane => lane.warnings))].map(warning => ` Warning: ${warning}.`).join("");
}

async function run() {
  stop();
  stopPlaying();
  const abort = new AbortController();
  running = abort;
  following = true;
  byId("lanes").replaceChildren();
  const two = byId("compare").checked;
  byId("lanes").classList.toggle("two", two);
  lanes = settingsOf.slice(0, two ? 2 : 1).map((settings, index) => new Lane(index, settings()));
  byId("stop").disabled = false;
  say("Decoding…");
  const results = await Promise.allSettled(lanes.map(lane => decode(lane, abort.signal)));
  if (running !== abort) { return; }
  running = null;
  byId("stop").disabled = true;
  const failed = results.find(result => result.status === "rejected");
  if (abort.signal.aborted) {
    say("Stopped.");
  } else if (failed) {
    say(failed.reason.message, true);
  } else {
    say("Done: " + lanes.map((lane, index) => `${two ? "AB"[index] + " " : ""}${counted(lane.steps.length, "forward")}, ${counted(lane.done.usage.completion_tokens, "token")}`).join("; ") + "." + warnings());
  }
  follow();
}

function stop() {
  if (running) { running.abort(); }
}

/* ---- scrubbing ---- */

let scheduled = false;

/** Shows the newest step, unless the user looks at another. */
function follow() {
  if (scheduled) { return; }
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    const most = Math.max(0, ...lanes.map(lane => lane.steps.length));
    scrub.max = most;
    scrub.disabled = byId("play").disabled = most === 0;
    if (following) { scrub.value = most; }
    show();
  });
}

function show() {
  const step = Number(scrub.value);
  byId("scrub-label").textContent = `step ${step} / ${scrub.max}`;
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

scrub.addEventListener("input", () => {
  stopPlaying();
  following = scrub.value === scrub.max;
  show();
});
byId("play").addEventListener("click", play);
byId("stop").addEventListener("click", stop);
byId("controls").addEventListener("submit", event => { event.preventDefault(); run(); });
byId("compare").addEventListener("change", event => { byId("lane-settings-1").hidden = !event.target.checked; });
byId("key").addEventListener("change", () => loadModels().catch(error => say(error.message, true)));
document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  if (event.key === "Escape") { stop(); }
});

byId("lanes").append(byId("lane-template").content.cloneNode(true));
loadModels().catch(error => say(error.message, true));
