//===- ExplainPage.cpp - The explanation as one page ------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One file that needs no network: style, script and data are inside. The page shows what the JSON holds and computes nothing new.
//
//===----------------------------------------------------------------------===//

#include "utils/compiler/Explain.h"

using namespace llvm;

namespace ingot {

static constexpr char pageBegin[] = R"page(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ingot: explanation</title>
<style>
:root { --text: #1c2430; --faint: #5c6776; --line: #d9dee5; --back: #ffffff; --panel: #f5f7f9; --accent: #1f5fae; --hover: #eaf1fa; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ee; --faint: #9aa5b4; --line: #39424e; --back: #14181d; --panel: #1d232a; --accent: #7db2f2; --hover: #25303d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 20px 28px 60px; max-width: 1500px; background: var(--back); color: var(--text);
       font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 21px; margin: 0 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 30px 0 8px; }
p { margin: 4px 0; color: var(--faint); }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0 4px; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 7px 14px; min-width: 110px; }
.card b { display: block; font-size: 17px; font-variant-numeric: tabular-nums; }
.card span { color: var(--faint); font-size: 12px; }
.bar { display: flex; height: 30px; border-radius: 4px; overflow: hidden; border: 1px solid var(--line); }
.bar div { min-width: 0; border-right: 1px solid var(--back); cursor: pointer; }
.bar div:hover, .bar div.on { filter: brightness(1.25); outline: 2px solid var(--text); outline-offset: -2px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 8px; font-size: 13px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; }
.tools { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; margin-bottom: 8px; }
input[type=search] { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 5px; padding: 5px 9px;
                     width: 320px; max-width: 100%; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 4px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: var(--back); cursor: pointer; user-select: none; font-weight: 600; }
th:hover { color: var(--accent); }
th.text, td.text { text-align: left; }
td.nodes { white-space: normal; min-width: 260px; max-width: 560px; overflow-wrap: anywhere; }
tbody tr.group { cursor: pointer; }
tbody tr.group:hover, tbody tr.on { background: var(--hover); }
tr.detail td { text-align: left; white-space: normal; background: var(--panel); padding: 10px 16px; }
tr.detail ul { margin: 2px 0 8px; padding-left: 20px; }
.meter { display: inline-block; width: 60px; height: 8px; border-radius: 4px; background: var(--line); margin-right: 7px; overflow: hidden; vertical-align: 1px; }
.meter i { display: block; height: 100%; background: var(--accent); }
.chip { display: inline-block; border-radius: 3px; padding: 0 6px; font-size: 12px; color: #fff; }
code { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; }
svg { display: block; width: 100%; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
svg rect.buffer { stroke: var(--back); stroke-width: 0.5; cursor: pointer; }
svg rect.buffer:hover, svg rect.on { stroke: var(--text); stroke-width: 1.6; }
.columns { columns: 3 300px; font-size: 13px; }
.columns div { break-inside: avoid; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1 id="title"></h1>
<p id="machine"></p>
<div id="content"></div>
<script type="application/json" id="data">)page";

static constexpr char pageEnd[] = R"page(</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const colors = { contract: "#2f6fb7", winograd: "#7a4fb5", window: "#2c8a6b", rows: "#b8651b", map: "#a8862a", copy: "#7d8794", attention: "#b23a6d" };
const spare = ["#a04545", "#4d7f8f", "#6a7d2f", "#8a5a8f"];
const colorOf = form => colors[form] || (colors[form] = spare[Object.keys(colors).length % spare.length]);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    name.startsWith("on") ? element.addEventListener(name.slice(2), value) : element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const shape = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const known = value => value !== null && value !== undefined;
const digits = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toPrecision(2);
const time = us => !known(us) ? "?" : us >= 1000 ? digits(us / 1000) + " ms" : us === 0 ? "0" : digits(us) + " µs";
const bytes = n => {
  if (!known(n)) return "?";
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 1024]]) if (n >= size) return digits(n / size) + " " + unit;
  return n + " B";
};
const count = n => {
  if (!known(n)) return "?";
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) if (n >= size) return digits(n / size) + " " + unit;
  return String(n);
};
const percent = share => known(share) ? (100 * share).toFixed(share < 0.0995 ? 1 : 0) + " %" : "?";
const levels = { l2: "L2", l3: "L3", dram: "DRAM" };
const boundOf = g => g.bound === "compute" ? "compute" : g.bound === "memory" ? "memory, " + levels[g.memory_level] : "?";
const moved = g => known(g.bytes_read) && known(g.bytes_written) ? g.bytes_read + g.bytes_written : null;

document.title = data.model + ": explanation";
document.getElementById("title").textContent = data.model;
const t = data.target;
document.getElementById("machine").textContent = `Compiled for ${t.cpu} (${t.vector_bits}-bit vectors), caches of ${bytes(t.l1_bytes)}, ` +
  `${bytes(t.l2_bytes)} and ${bytes(t.l3_bytes)}. Predictions are for one core at ${t.gigahertz} GHz: ${t.peak_gflops} GFLOP/s, ` +
  `${Math.round(t.l2_gbps)}, ${Math.round(t.l3_gbps)} and ${Math.round(t.dram_gbps)} GB/s from L2, L3 and DRAM.`;

function showFunction(f) {
  const content = document.getElementById("content");
  const total = f.groups.reduce((sum, g) => sum + (g.predicted_us || 0), 0);
  const card = (value, what) => make("div", { class: "card" }, make("b", {}, value), make("span", {}, what));
  const sizes = f.inputs.map(i => `${i.name} ${i.dims.map((d, k) => known(i.declared[k]) ? d : (known(d) ? d + "*" : "?")).join("×") || "scalar"}`);
  content.append(make("p", {}, `Inputs: ${sizes.join(", ")}` + (sizes.some(s => s.includes("*")) ? " (* assumed)" : "")));
  content.append(make("div", { class: "cards" }, card(time(total), "predicted, one thread"), card(time(f.limit_us), "at the limit of each group"),
    card(String(f.groups.length), "groups"), card(count(f.flops), "operations"), card(bytes(f.bytes), "read and written"),
    card(bytes(f.weight_bytes), "weights"), card(bytes(f.arena_bytes), "arena"), card(bytes(f.live_bytes), "live at most")));
  if (!f.complete) content.append(make("p", {}, "Groups whose sizes depend on data have no prediction and are left out of the sums."));

  // Where the time goes.
  content.append(make("h2", {}, "Predicted time"));
  const bar = make("div", { class: "bar" });
  const byForm = {};
  const marks = new Map(); // group id -> elements
  const mark = (id, element) => marks.set(id, [...(marks.get(id) || []), element]);
  let selected = null;
  const select = (id, scroll) => {
    for (const element of marks.get(selected) || []) element.classList.remove("on");
    if (id === selected) { closeDetail(); selected = null; return; }
    selected = id;
    for (const element of marks.get(id) || []) element.classList.add("on");
    openDetail(id, scroll);
  };
  for (const g of f.groups) {
    if (!g.predicted_us) continue;
    byForm[g.form] = (byForm[g.form] || 0) + g.predicted_us;
    const piece = make("div", { style: `flex: ${g.predicted_us / total} 0 0; background: ${colorOf(g.form)}`,
      title: `${g.nodes.join(", ") || g.form}\n${time(g.predicted_us)}, ${percent(g.predicted_us / total)} of the network`, onclick: () => select(g.id, true) });
    mark(g.id, piece);
    bar.append(piece);
  }
  content.append(bar);
  content.append(make("div", { class: "legend" }, ...Object.entries(byForm).sort((a, b) => b[1] - a[1]).map(([form, us]) =>
    make("span", {}, make("i", { style: `background: ${colorOf(form)}` }), `${form} ${time(us)}, ${percent(us / total)}`))));

  // The groups.
  content.append(make("h2", {}, "Groups"));
  const columns = [
    ["#", g => g.id, g => String(g.id)],
    ["nodes", g => g.nodes[0] || "", null, "text"],
    ["form", g => g.form, null, "text"],
    ["time", g => g.predicted_us, g => time(g.predicted_us)],
    ["of all", g => g.predicted_us, g => percent(g.predicted_us / total)],
    ["of limit", g => g.share, null],
    ["bound by", boundOf, boundOf, "text"],
    ["operations", g => g.flops, g => count(g.flops)],
    ["bytes", moved, g => bytes(moved(g))],
    ["tasks", g => g.serial ? 0 : g.tasks, g => g.serial ? "serial" : known(g.tasks) ? String(g.tasks) : "?"],
  ];
  let order = 3, descending = true, filter = "";
  const head = make("tr"), body = make("tbody");
  columns.forEach(([name, , , kind], i) => head.append(make("th", { class: kind || "", scope: "col", onclick: () => {
    descending = order === i ? !descending : i !== 0 && kind !== "text";
    order = i;
    showRows();
  } }, name)));
  const search = make("input", { type: "search", placeholder: "Filter by node, operator, kernel or form", "aria-label": "Filter",
    oninput: event => { filter = event.target.value.toLowerCase(); showRows(); } });
  const shown = make("span", { style: "color: var(--faint)" });
  content.append(make("div", { class: "tools" }, search, shown), make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), body)));

  const cell = (g, column) => {
    const [name, , print, kind] = column;
    if (name === "nodes") {
      const names = g.nodes.slice(0, 3).join(", ") + (g.nodes.length > 3 ? ` and ${g.nodes.length - 3} more` : "");
      return make("td", { class: "text nodes" }, names || g.kernel || g.form);
    }
    if (name === "form") return make("td", { class: "text" }, make("span", { class: "chip", style: `background: ${colorOf(g.form)}` }, g.form));
    if (name === "of limit" && known(g.share))
      return make("td", {}, make("span", { class: "meter" }, make("i", { style: `width: ${Math.min(100, 100 * g.share)}%` })), percent(g.share));
    return make("td", { class: kind || "" }, print ? print(g) : "?");
  };
  function showRows() {
    [...head.children].forEach((th, i) => { th.textContent = columns[i][0] + (i === order ? (descending ? " ▾" : " ▴") : ""); });
    const matches = f.groups.filter(g => !filter || [...g.nodes, ...g.ops, g.kernel || "", g.form].some(s => s.toLowerCase().includes(filter)));
    const key = columns[order][1];
    matches.sort((a, b) => {
      const x = key(a), y = key(b);
      if (!known(x) || !known(y)) return known(x) ? -1 : known(y) ? 1 : 0;
      return (x < y ? -1 : x > y ? 1 : a.id - b.id) * (descending ? -1 : 1);
    });
    body.replaceChildren();
    for (const g of matches) {
      const row = make("tr", { class: "group" + (g.id === selected ? " on" : ""), "data-id": g.id, onclick: () => select(g.id) }, ...columns.map(c => cell(g, c)));
      marks.set(g.id, [...(marks.get(g.id) || []).filter(e => e.tagName !== "TR"), row]);
      body.append(row);
      if (g.id === selected) body.append(detailOf(g));
    }
    const sum = matches.reduce((s, g) => s + (g.predicted_us || 0), 0);
    shown.textContent = `${matches.length} of ${f.groups.length} groups, ${time(sum)}, ${percent(total ? sum / total : 0)} of the time`;
  }
  const closeDetail = () => body.querySelectorAll("tr.detail").forEach(row => row.remove());
  const describe = a => {
    const place = a.place === "arena" ? `arena + ${known(a.offset) ? a.offset : "?"}` : a.place === "weight" ? `weights + ${a.offset}` : a.place;
    return make("li", {}, make("code", {}, place), ` ${bytes(a.bytes)}${a.name ? ", " + a.name : ""}`);
  };
  function detailOf(g) {
    const config = Object.entries(g.config).map(([k, v]) => `${k} ${v}`).join(", ");
    const parts = [make("div", {}, make("b", {}, g.kernel || g.form), config ? `: ${config}` : "")];
    if (g.nodes.length) parts.push(make("div", {}, "Computes ", g.nodes.map((n, i) => `${n} (${g.ops[i]})`).join(", ")));
    parts.push(make("div", {}, `Arithmetic alone would take ${time(g.compute_us)}, memory alone ${time(g.memory_us)}` +
      (known(g.direct_flops) && g.direct_flops !== g.flops ? `; ${count(g.direct_flops)} operations as defined, ${count(g.flops)} done` : "") +
      (g.calls !== 1 ? `; called ${known(g.calls) ? g.calls : "?"} times` : "") + (g.conditional ? "; only under a condition" : "")));
    if (g.why.length) parts.push(make("div", { style: "margin-top: 6px" }, "What prevented better:", make("ul", {}, ...g.why.map(w => make("li", {}, w)))));
    parts.push(make("div", { style: "display: flex; gap: 40px; flex-wrap: wrap" },
      make("div", {}, "Reads", make("ul", {}, ...g.reads.map(describe))), make("div", {}, "Writes", make("ul", {}, ...g.writes.map(describe)))));
    return make("tr", { class: "detail" }, make("td", { colspan: columns.length }, ...parts));
  }
  function openDetail(id, scroll) {
    closeDetail();
    const row = body.querySelector(`tr[data-id="${id}"]`);
    if (!row) return;
    row.after(detailOf(f.groups.find(g => g.id === id)));
    if (scroll) row.scrollIntoView({ block: "center" });
  }
  showRows();
  const linked = Number(location.hash.slice(1));
  if (location.hash && f.groups.some(g => g.id === linked)) setTimeout(() => select(linked, true), 0); // page.html#12

  // The arena.
  const placed = f.buffers.filter(b => known(b.offset) && known(b.bytes));
  if (placed.length) {
    content.append(make("h2", {}, "Arena"), make("p", {}, "Across: the groups in their order. Down: bytes from the arena's start. Each box is a buffer from " +
      "its first use to its last, in the colour of the group that writes it first."));
    const width = 1400, height = 420, left = 70, bottom = 22, first = f.groups.length ? f.groups[0].id : 0, columnsCount = f.groups.length || 1;
    const extent = Math.max(...placed.map(b => b.offset + b.bytes));
    const x = group => left + (width - left - 6) * (group - first) / columnsCount, y = offset => 6 + (height - 6 - bottom) * offset / extent;
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Lifetimes and offsets of the arena's buffers" });
    for (let i = 0; i <= 4; ++i) {
      svg.append(shape("line", { x1: left, x2: width - 6, y1: y(extent * i / 4), y2: y(extent * i / 4), stroke: "var(--line)" }));
      const label = shape("text", { x: left - 6, y: y(extent * i / 4) + 4, "text-anchor": "end" });
      label.textContent = bytes(Math.round(extent * i / 4));
      svg.append(label);
    }
    for (let i = 0; i <= 8; ++i) {
      const group = first + Math.round(columnsCount * i / 8), label = shape("text", { x: x(group), y: height - 6, "text-anchor": i === 8 ? "end" : i ? "middle" : "start" });
      label.textContent = i === 8 ? "group " + group : group;
      svg.append(label);
    }
    for (const b of placed) {
      const writer = f.groups.find(g => g.id === b.first);
      const box = shape("rect", { class: "buffer", x: x(b.first), y: y(b.offset), width: Math.max(1, x(b.last + 1) - x(b.first)),
        height: Math.max(0.8, y(b.offset + b.bytes) - y(b.offset)), fill: colorOf(writer.form), "fill-opacity": 0.75 });
      const title = shape("title", {});
      title.textContent = `offset ${b.offset}, ${bytes(b.bytes)}, groups ${b.first} to ${b.last}\nwritten by ${writer.nodes[0] || writer.form}`;
      box.append(title);
      box.addEventListener("click", () => select(b.first, true));
      mark(b.first, box);
      svg.append(box);
    }
    content.append(svg);
  }
}
data.functions.forEach((f, i) => {
  if (data.functions.length > 1) document.getElementById("content").append(make("h2", {}, `Function ${f.name}`));
  showFunction(f);
});

const gone = data.nodes.filter(n => !n.groups.length);
if (gone.length)
  document.getElementById("content").append(make("h2", {}, `${gone.length} nodes without work of their own`),
    make("p", {}, "Folded into constants, changes of shape, or joined with another node."),
    make("div", { class: "columns" }, ...gone.map(n => make("div", {}, `${n.name} (${n.op})` + (n.why.length ? ": " + n.why.join("; ") : "")))));
</script>
</body>
</html>
)page";

std::string explainAsHtml(StringRef json) {
  std::string page = pageBegin;
  // Within a script element only a tag's start could end the data; JSON allows to spell it otherwise.
  for (char c : json) {
    if (c == '<')
      page += "\\u003c";
    else
      page += c;
  }
  page += pageEnd;
  return page;
}

} // namespace ingot
