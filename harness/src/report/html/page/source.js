// Texts as they are written, with their lines numbered.

function source(text, marked = new Set()) {
  const lines = text.replace(/\n$/, "").split("\n");
  return make("pre", { class: "source" }, make("code", null, lines.map((line, at) => {
    const comment = /^\s*(#|;;)/.test(line) ? " comment" : "";
    const mark = marked.has(at + 1) ? " marked" : "";
    return make("span", { class: `line${comment}${mark}`, "data-line": String(at + 1) }, `${visible(line)}\n`);
  })));
}

/** The lines of the steps that differ or decide. */
function markedLines(one) {
  const steps = new Set(one.rows.filter((row) => row[3] === 2).map((row) => row[0]));
  for (const note of one.notes ?? []) {
    if (note.step && !["unsupported", "inconclusive"].includes(note.verdict)) steps.add(note.step);
  }
  return new Set(one.steps.filter(([number]) => steps.has(number)).map(([, line]) => line));
}

function sources(one) {
  const document = data.documents[one.document];
  const guests = (one.guests ?? []).map(([name, text]) =>
    make("section", null, make("h2", null, name === "guest" ? "Guest" : `Guest ${visible(name)}`, make("small", null, "WAT")), source(textOf(text))));
  return make("div", { class: "sources" },
    document && make("section", null, make("h2", null, "Case", make("small", null, visible(document.file))), source(document.yaml, markedLines(one))),
    guests.length ? make("div", { class: "guests" }, guests) : null);
}
