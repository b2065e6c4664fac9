"use strict";

/** What a strategy does, and what its one slider means: bounds, step, default. */
const STRATEGIES = {
  topk: { says: "The surest positions of each step, however unsure. Slow enough to watch.", label: "Tokens per step", low: 1, high: 16, step: 1, value: 2 },
  threshold: { says: "Every position at least this sure, and always the surest one. Most models' default.", label: "Threshold", low: 0.5, high: 1, step: 0.01, value: 0.9 },
  factor: { says: "As many as are sure enough for their number.", label: "Factor", low: 0.1, high: 3, step: 0.1, value: 1 },
  entropy: { says: "Every position whose doubt, in nats, is at most this.", label: "Entropy", low: 0.05, high: 1.5, step: 0.05, value: 0.45 },
  hierarchy: { says: "All above the threshold, and the best of each run of masks.", label: "Threshold", low: 0.5, high: 1, step: 0.01, value: 0.9 },
  filter: { says: "What a trained network takes for final, where the model has one.", label: "Accept", low: 0.5, high: 1, step: 0.01, value: 0.96, name: "accept=" },
  credit: { says: "A threshold on predictions fused with their past." },
  revise: { says: "A threshold, and tokens that turn out unlikely become masks again." },
  edit: { says: "Tokens may be replaced until their block closes, by what is likelier than this. For LLaDA2.1.", label: "Edit threshold", low: 0, high: 1, step: 0.01, value: 0.5 },
  schedule: { says: "One token a step, the surest: the reference for accuracy." },
  sequential: { says: "A block's share of each step, leftmost first.", label: "Steps of a block", low: 1, high: 32, step: 1, value: 4, name: "steps=" },
  static: { says: "A block's share of each step, surest first.", label: "Steps of a block", low: 1, high: 32, step: 1, value: 4, name: "steps=" },
  dynamic: { says: "All above the threshold, or a block's share of a step if those are fewer.", label: "Threshold", low: 0.5, high: 1, step: 0.01, value: 0.85 },
  "entropy-bound": { says: "Those of least doubt, as long as their sum, in nats, is below this.", label: "Bound", low: 0.05, high: 1.5, step: 0.05, value: 0.35 },
  random: { says: "One token a step, in any order: draws of a temperature differ most here." },
};
const CACHES = {
  none: "Every row is computed in every step.",
  prefix: "Rows before the open block are kept until the block closes.",
  dual: "Rows before and after the open block are kept until it closes.",
  elastic: "Rows are kept until attention has drifted.",
  "dllm-cache": "The rows that changed most are computed anew.",
  blocks: "Rows of finished blocks are kept, exactly: for models that see block by block.",
};
const DEFAULTS = [{ strategy: "topk", cache: "none" }, { strategy: "threshold", cache: "none" }];

const MODES = {
  chat: {
    label: "Question", next: "Next message", empty: "Type a question to run.",
    text: "Ned has 6 pears. Ida has 4 times as many. Ben has 15 more than Ida. How many pears do Ida and Ben have together?",
  },
  gap: {
    label: "Text with a gap, [MASK:n] for n tokens", empty: "Type a text with one gap, such as [MASK:2].",
    text: "Ida has 6 * 4 = [MASK:2] pears. Ben has 24 + 15 = 39 pears. together 24 + 39 = 63 pears. #### 63",
  },
};
const GAP = /\[MASK:(\d{1,4})\]/g;

const prompt = byId("prompt");
const drafts = { chat: MODES.chat.text, gap: MODES.gap.text };
let turns = [];
/** How the model's authors decode it, as the server lists it. */
let recipe = {};

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

const nameOf = spec => spec?.split("(")[0];

/** Starts from the blocks of a model's recipe, and the cache that goes with them. */
function fitModel(defaults = {}) {
  recipe = defaults;
  const length = Number(/^blocks\((\d+)/.exec(recipe.window)?.[1] ?? 32);
  const block = byId("block");
  block.min = block.step = length % 8 === 0 ? 8 : length;
  block.value = length;
  block.dispatchEvent(new Event("input"));
  for (const cache of [byId("cache-0"), byId("cache-1")]) {
    if (nameOf(recipe.cache) in CACHES) { cache.value = nameOf(recipe.cache); }
    cache.dispatchEvent(new Event("change"));
  }
}

/** Fills a lane's fieldset; returns what reads its settings. */
function laneSettings(index) {
  const [strategyField, strategy] = choice(`strategy-${index}`, "Strategy", Object.keys(STRATEGIES), DEFAULTS[index].strategy);
  const [cacheField, cache] = choice(`cache-${index}`, "Cache", Object.keys(CACHES), DEFAULTS[index].cache);
  const says = element("p", { className: "hint wide", id: `says-${index}` });
  const value = element("input", { id: `value-${index}`, type: "range" });
  const shown = element("output");
  const name = element("span");
  const valueField = element("div", { className: "field wide" }, element("label", { htmlFor: value.id }, name, shown), value);
  const tell = () => {
    says.textContent = STRATEGIES[strategy.value].says;
    strategy.dataset.tip = STRATEGIES[strategy.value].says;
    cache.dataset.tip = CACHES[cache.value];
  };
  const fit = () => {
    const range = STRATEGIES[strategy.value];
    valueField.hidden = !range.label;
    if (range.label) {
      Object.assign(value, { min: range.low, max: range.high, step: range.step });
      value.value = range.value;
      value.dataset.tip = range.says;
      name.textContent = range.label;
      shown.textContent = value.value;
    }
    tell();
  };
  strategy.addEventListener("change", fit);
  cache.addEventListener("change", tell);
  value.addEventListener("input", () => { shown.textContent = value.value; });
  byId("lane-settings-" + index).append(strategyField, cacheField, says, valueField);
  fit();
  return () => {
    const range = STRATEGIES[strategy.value];
    return {
      strategy: range.label ? `${strategy.value}(${range.name ?? ""}${value.value})` : strategy.value,
      cache: nameOf(recipe.cache) === cache.value ? recipe.cache : cache.value,
    };
  };
}

const settingsOf = [laneSettings(0), laneSettings(1)];

for (const slider of document.querySelectorAll("#more input[type=range]")) {
  const show = () => { slider.parentElement.querySelector("output").textContent = slider.value; };
  slider.addEventListener("input", show);
  show();
}

function mode() {
  return document.querySelector("[name=mode]:checked").value;
}

function fitMode() {
  prompt.value = drafts[mode()];
  byId("prompt-label").textContent = mode() === "chat" && turns.length > 0 ? MODES.chat.next : MODES[mode()].label;
  for (const part of document.querySelectorAll("[data-mode]")) { part.hidden = part.dataset.mode !== mode(); }
  byId("conversation").hidden = mode() !== "chat" || turns.length === 0;
  fitRun();
}

/** Why there is nothing to run, or nothing. */
function obstacle() {
  if (prompt.value.trim() === "") { return MODES[mode()].empty; }
  if (mode() === "chat") { return ""; }
  const gaps = [...prompt.value.matchAll(GAP)];
  if (gaps.length !== 1) { return gaps.length === 0 ? MODES.gap.empty : "Leave one gap only; one is filled at a time."; }
  return Number(gaps[0][1]) > 0 ? "" : "A gap has at least one token: [MASK:1].";
}

function fitRun() {
  drafts[mode()] = prompt.value;
  const why = obstacle();
  byId("run").disabled = why !== "";
  byId("why").textContent = why;
}
