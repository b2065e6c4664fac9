"use strict";

const byId = id => document.getElementById(id);

/** A token as a cell shows it: the end of the text and padding have none. */
function glyph(text) {
  if (text === "") { return "∎"; }
  return text.trim() || (text.includes("\n") ? "↵" : "␣");
}

/** A token as a tip says it. */
function quoted(text) {
  return text === "" ? "end or padding" : JSON.stringify(text);
}

function between(low, value, high) {
  return Math.max(low, Math.min(high, value));
}

/** One way to decode a prompt: a recording of its steps, and its picture. */
class Lane {
  /** @param around the text before and after what is decoded, where it fills a gap */
  constructor(index, settings, around) {
    this.settings = settings;
    this.around = around;
    this.steps = [];
    this.deltas = [];
    this.fixed = new Map();
    this.prompt = 0;
    this.initialLength = 0;
    this.layers = 0;
    this.done = null;
    this.begun = performance.now();
    this.cells = [];
    this.told = [];
    this.cursor = 0;
    this.root = byId("lane-template").content.cloneNode(true).firstElementChild;
    this.root.querySelector(".badge").textContent = "AB"[index];
    this.root.querySelector(".spec").textContent = settings.strategy + (settings.cache === "none" ? "" : " · " + settings.cache);
    this.canvas = this.root.querySelector(".canvas");
    this.heat = this.root.querySelector(".heat");
    this.root.querySelector(".keep").setAttribute("aria-label", `Keep this answer and ask on: ${"AB"[index]}`);
    this.canvas.addEventListener("keydown", event => this.move(event));
    this.canvas.addEventListener("focus", () => this.pointAt(this.cursor));
    this.canvas.addEventListener("blur", () => this.cells[this.cursor]?.classList.remove("cursor"));
    byId("lanes").append(this.root);
  }

  start(event) {
    this.prompt = event.prompt_length;
    this.initialLength = event.length;
    this.layers = event.layers;
    for (const token of event.fixed ?? []) { this.fixed.set(token.position, token); }
    this.canvas.tabIndex = 0;
    this.canvas.removeAttribute("aria-disabled");
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

  text(count = this.steps.length) {
    return this.deltas.slice(0, count + 1).join("");
  }

  warn(text) {
    const box = this.root.querySelector(".warning");
    box.hidden = false;
    box.textContent = [box.textContent, text].filter(Boolean).join(" ");
  }

  fail() {
    this.canvas.dataset.empty = "Nothing was decoded.";
  }

  /** The canvas after so many steps: its length, and the commits by position, with the texts that stood there before. */
  stateAfter(count) {
    let length = this.initialLength;
    const state = new Map();
    for (let index = 0; index < count; index++) {
      const step = this.steps[index];
      for (const commit of step.commits) { state.set(commit.position, { ...commit, step: index + 1 }); }
      for (const position of step.taken_back) { state.delete(position); }
      for (const edit of step.edits ?? []) {
        state.set(edit.position, { ...edit, step: index + 1, before: [...state.get(edit.position)?.before ?? [], edit.old_text] });
      }
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
      const cell = document.createElement("span");
      this.cells.push(cell);
      this.canvas.append(cell);
    }
    this.cells.forEach((cell, place) => this.drawCell(cell, place, state.get(this.prompt + place), count));
    const committed = [...state.keys()].filter(position => position < length).length;
    const open = total - [...this.fixed.keys()].filter(position => position < length).length;
    this.canvas.setAttribute("aria-label", `Canvas: ${committed} of ${open} positions committed after ${count} steps`);
    this.canvas.setAttribute("aria-valuemax", Math.max(0, total - 1));
    if (document.activeElement === this.canvas) { this.pointAt(this.cursor); }
    this.drawNumbers(count, committed);
    this.drawHeat(count);
    this.drawAnswer(count);
  }

  drawAnswer(count) {
    const answer = this.root.querySelector(".answer");
    answer.textContent = this.text(count);
    if (this.around) {
      const filled = Object.assign(document.createElement("mark"), { textContent: this.text(count) || "…" });
      answer.replaceChildren(this.around[0], filled, this.around[1]);
    }
  }

  drawCell(cell, place, commit, count) {
    const fixed = this.fixed.get(this.prompt + place);
    const token = fixed ?? commit;
    const kind = fixed ? "fixed" : commit ? (commit.text === "" ? "token end" : "token") : "mask";
    cell.className = `cell ${kind}${commit?.step === count ? " new" : ""}`;
    cell.textContent = token ? glyph(token.text) : "";
    if (commit?.before && commit.step === count) {
      cell.prepend(Object.assign(document.createElement("s"), { textContent: glyph(commit.before.at(-1)) }));
    }
    cell.dataset.tip = this.told[place] = `position ${place}\n` + (fixed ? `${JSON.stringify(fixed.text)}, part of the text`
      : commit ? `${quoted(commit.text)}\nprobability ${commit.probability.toFixed(4)}\nstep ${commit.step}`
        + (commit.before ? `\nedited, before ${commit.before.map(quoted).join(", ")}` : "")
        : "mask");
    if (commit) {
      cell.style.setProperty("--above", between(0, (commit.probability - 0.6) / 0.4, 1).toFixed(3));
      cell.style.setProperty("--middle", between(0, (commit.probability - 0.2) / 0.4, 1).toFixed(3));
    }
  }

  /** Arrow keys, Home and End go from position to position; what is there is shown and read out. */
  move(event) {
    const to = { ArrowRight: this.cursor + 1, ArrowDown: this.cursor + 1, ArrowLeft: this.cursor - 1, ArrowUp: this.cursor - 1, Home: 0, End: Infinity }[event.key];
    if (to !== undefined && this.cells.length > 0) {
      event.preventDefault();
      this.pointAt(to);
    }
  }

  pointAt(place) {
    this.cells[this.cursor]?.classList.remove("cursor");
    this.cursor = between(0, place, this.cells.length - 1);
    const cell = this.cells[this.cursor];
    if (cell) {
      cell.classList.add("cursor");
      this.canvas.setAttribute("aria-valuenow", this.cursor);
      this.canvas.setAttribute("aria-valuetext", this.told[this.cursor].replaceAll("\n", ", "));
      showTip(cell);
    }
  }

  drawNumbers(count, committed) {
    const set = (name, ...parts) => { this.root.querySelector(`[data-number=${name}]`).replaceChildren(...parts); };
    const unit = text => Object.assign(document.createElement("small"), { textContent: " " + text });
    const last = this.steps[count - 1];
    const work = this.done && count === this.steps.length ? this.done.usage.work : null;
    set("forwards", String(count));
    set("tpf", count === 0 ? "–" : (work ? work.tokens_per_forward : committed / count).toFixed(2));
    set("rows", ...last ? [String(Math.round(100 * last.rows_computed / last.rows_full)), unit("%")] : ["–"]);
    set("time", ...last ? [String(Math.round(work ? work.total_ms : last.at)), unit("ms")] : ["–"]);
  }

  /** A column a step, a row a layer, the first layer on top: as dark as the share of rows it computed. */
  drawHeat(count) {
    this.heat.hidden = this.steps.length === 0;
    const svg = this.heat.querySelector("svg");
    if (this.drawnHeat !== this.steps.length) {
      this.drawnHeat = this.steps.length;
      svg.setAttribute("viewBox", `0 0 ${this.steps.length} ${this.layers}`);
      svg.innerHTML = this.steps.map((step, index) => this.heatColumn(step, index)).join("") + '<rect class="now" y="0" width="1"/>';
      svg.setAttribute("aria-label", `Rows computed in ${this.layers} layers over ${this.steps.length} steps`);
    }
    const now = svg.querySelector(".now");
    now.setAttribute("x", Math.max(0, count - 1));
    now.setAttribute("height", this.layers);
    now.setAttribute("visibility", count > 0 && this.steps.length > 1 ? "visible" : "hidden");
  }

  heatColumn(step, index) {
    const before = this.steps[index - 1] ?? { rows_computed: 0, rows_full: 0 };
    const full = step.rows_full - before.rows_full;
    const whole = this.layers - step.refreshed_from;
    // What the layers before the first whole one computed, of all they could have.
    const share = step.refreshed_from === 0 ? 1
      : Math.max(0, (step.rows_computed - before.rows_computed) * this.layers - whole * full) / (step.refreshed_from * full);
    let column = "";
    for (let layer = 0; layer < this.layers; layer++) {
      const value = layer >= step.refreshed_from ? 1 : Math.min(1, share);
      column += `<rect x="${index}" y="${layer}" width="1" height="1" opacity="${(0.08 + 0.92 * value).toFixed(3)}"/>`;
    }
    return column;
  }
}

/* ---- tooltips: what has data-tip says it when it is pointed at or has the focus ---- */

let tipped = null;

function showTip(target) {
  const tip = byId("tip");
  if (tipped !== target) { hideTip(); }
  tipped = target;
  tip.textContent = target.dataset.tip;
  tip.hidden = false;
  const place = target.getBoundingClientRect();
  const below = place.bottom + 8 + tip.offsetHeight < innerHeight;
  tip.style.left = between(8, place.left + place.width / 2 - tip.offsetWidth / 2, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.max(8, below ? place.bottom + 8 : place.top - 8 - tip.offsetHeight) + "px";
  if (target.matches("input, select, textarea")) { target.setAttribute("aria-describedby", "tip"); }
}

function hideTip() {
  if (tipped?.getAttribute("aria-describedby") === "tip") { tipped.removeAttribute("aria-describedby"); }
  tipped = null;
  byId("tip").hidden = true;
}

/** What moves under a pointer that rests is not pointed at. */
let rests = "";
const place = event => `${event.clientX} ${event.clientY}`;
document.addEventListener("pointermove", event => { rests = place(event); }, { passive: true });
document.addEventListener("pointerover", event => {
  if (place(event) === rests) { return; }
  const target = event.target.closest?.("[data-tip]");
  if (target) { showTip(target); } else { hideTip(); }
});
document.addEventListener("focusin", event => {
  if (event.target.dataset.tip) { showTip(event.target); } else if (!event.target.matches(".canvas")) { hideTip(); }
});
document.addEventListener("focusout", hideTip);
document.addEventListener("scroll", () => {
  const place = tipped?.getBoundingClientRect();
  if (place && place.bottom > 0 && place.top < innerHeight) { showTip(tipped); } else { hideTip(); }
}, { passive: true });
