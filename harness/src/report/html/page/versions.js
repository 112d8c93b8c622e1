// What changes over the versions of one runtime.

const STATES = {
  contested: signOf("f", "c"),
  mixed: { sign: "±", tone: "contested", name: "depends on the variant" }, missing: signOf(".") };

function stateSign(state) {
  return STATES[state] ?? signOf(state[0], state === "fail" || state === "crash" || state === "timeout" ? "k" : "e");
}

function caseLinks(ids) {
  return make("ul", { class: "ids" }, ids.map((id) =>
    make("li", null, make("a", { href: `#case/${encodeURIComponent(id)}` }, visible(id))),
  ));
}

function folded(ids) {
  if (ids.length <= 3) return caseLinks(ids);
  return make("details", null, make("summary", null, plural(ids.length, "case")), caseLinks(ids));
}

function buildVersions() {
  const kinds = [...new Set(data.versions.map((one) => one.kind))];
  const section = (kind) => {
    const lines = data.versions.filter((one) => one.kind === kind);
    const names = lines[0].versions.map(([name]) => name);
    return make("section", null, make("h2", null, visible(kind)), make("div", { class: "wide" }, make("table", { class: "versions" },
      make("thead", null, make("tr", null, names.map((name) => make("th", { scope: "col" }, visible(name))),
        make("th", { scope: "col", class: "words" }, "What changes"), make("th", { scope: "col" }, "Cases"))),
      make("tbody", null, lines.map((one) => make("tr", null,
        one.versions.map(([name, state]) => {
          const look = stateSign(state);
          return make("td", { class: `cell ${look.tone}`, title: `${kind} ${name}: ${state}` }, look.sign);
        }),
        make("td", { class: "words" }, visible(one.words)), make("td", null, folded(one.cases)))))))); 
  };
  document.getElementById("main").replaceChildren(make("article", { class: "text" },
    make("h1", null, "Since when, until when"),
    make("p", { class: "lead" }, "Cases that do not come to the same verdict in all versions of a runtime; cases that change alike together."),
    kinds.map(section)));
}
