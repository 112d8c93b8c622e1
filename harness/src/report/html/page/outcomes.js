// What the runtimes did, step by step: a column for each group of runtimes that agree.

function runtimeList(places) {
  return make("ul", { class: "runtimes" }, places.map((place) =>
    make("li", null, runtimeName(runtimes[place])),
  ));
}

/** The groups, those that pass first: what the others are held against. */
function orderOf(one) {
  const passes = (group) => group.some((place) => one.verdicts[place] === "p");
  const places = [...one.groups.keys()];
  return [...places.filter((at) => passes(one.groups[at])), ...places.filter((at) => !passes(one.groups[at]))];
}

function groupHead(one, at, name) {
  const group = one.groups[at];
  const looks = new Map(group.map((place) => [signIn(one, place).name, signIn(one, place)]));
  return make("th", { scope: "col" },
    make("div", { class: "verdicts" }, name ? make("b", { class: "letter" }, name) : null,
      [...looks.values()].map((look) => make("span", null, signBox(look), look.name))),
    runtimeList(group));
}

function stepCell(one, number, agent, call) {
  const step = one.steps.find(([found]) => found === number);
  const where = [agent === "main" ? "" : agent, call === null ? "" : `call ${call + 1}`].filter(Boolean).join(", ");
  return make("th", { scope: "row" },
    make("span", { class: "number", title: step ? `line ${step[1]}` : "" }, String(number)),
    make("code", null, visible(step ? textOf(step[2]) : "callback")),
    where ? make("span", { class: "where" }, visible(where)) : null);
}

const DIFFERENCES = [
  ["", "same", ""],
  ["≈", "allowed", "the specification allows both"],
  ["≠", "differs", "they differ beyond what the specification allows"],
];

function outcomeRow(one, [number, agent, call, difference, cells], order) {
  const [sign, kind, title] = DIFFERENCES[difference];
  const result = (at) => {
    const text = cells[at];
    if (text === null || text === undefined) return make("td", { class: "absent" }, "not reached");
    return make("td", null, visible(textOf(text)));
  };
  const all = cells.length === 1 ? [make("td", { colspan: String(order.length) }, visible(textOf(cells[0])))] : order.map(result);
  return make("tr", { class: kind }, make("td", { class: "mark", title }, sign), stepCell(one, number, textOf(agent), call), all);
}

function outcomes(one) {
  if (one.groups.length === 0) return null;
  const order = orderOf(one);
  const letter = (at) => (order.length > 1 ? String.fromCharCode(65 + at) : "");
  const ends = one.ends
    ? [make("tr", { class: "differs end" }, make("td", { class: "mark" }), make("th", { scope: "row" }, "the end"),
      order.map((at) => make("td", null, one.ends[at] ?? "it came to its end")))]
    : [];
  const title = order.length > 1 ? `${order.length} outcomes` : "The outcome";
  return make("section", { class: "outcomes" }, make("h2", null, title),
    make("div", { class: "wide" }, make("table", null,
      make("thead", null, make("tr", null, make("td", { class: "mark" }), make("th", { scope: "col" }, "Step"),
        order.map((at, place) => groupHead(one, at, letter(place))))),
      make("tbody", null, one.rows.map((row) => outcomeRow(one, row, order)), ends))));
}

/** Bytes in hex, those that differ marked. */
function differingBytes(one) {
  return (one.bytes ?? []).map((bytes) => {
    const [left, right] = bytes.sides.map((side) => side.bytes.match(/../g) ?? []);
    const line = (side, own, other) => make("tr", null, make("th", { scope: "row" }, visible(side.runtime)),
      make("td", null, make("code", null, own.map((byte, at) =>
        make(byte === other[at] ? "span" : "mark", null, byte, at % 4 === 3 ? "  " : " ")))));
    return make("section", { class: "bytes" }, make("h2", null, "Bytes"),
      make("p", null, `Step ${bytes.step}: the first byte that differs is at 0x${bytes.offset.toString(16)}; shown from 0x${bytes.shown_from.toString(16)}.`),
      make("div", { class: "wide" }, make("table", null, make("tbody", null,
        line(bytes.sides[0], left, right), line(bytes.sides[1], right, left)))));
  });
}
