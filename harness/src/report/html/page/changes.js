// What changed since the previous report.

const KINDS = [
  ["new-failure", "New failures", "news"],
  ["fixed", "Fixed", "fixed"],
  ["known-failure", "New failures that are known", "known"],
  ["changed", "Changed", "unsupported"],
];

function runTable(title, runs) {
  if (runs.length === 0) return null;
  return make("section", null, make("h2", null, title, make("small", null, String(runs.length))), make("div", { class: "wide" },
    make("table", { class: "changes" }, make("tbody", null, runs.map((run) => make("tr", null,
      make("th", { scope: "row" }, make("a", { href: `#case/${encodeURIComponent(run.case)}` }, visible(run.case))),
      make("td", null, visible(run.runtime)),
      make("td", { class: "verdict" }, run.old === run.new ? run.new : `${run.old ?? "not run"} → ${run.new}`),
      make("td", null, visible(run.detail), run.link ? [" ", link(run.link)] : null)))))));
}

function runtimeWords(change) {
  switch (change.change) {
    case "added": return `${change.runtime} is new`;
    case "gone": return `${change.runtime} was not asked for`;
    case "lost": return `${change.runtime} could not be had: ${change.reason}`;
    case "found": return `${change.runtime} is available again`;
    default: return `${change.runtime} was ${change.old}, is ${change.new}`;
  }
}

function buildChanges() {
  const changes = data.changes;
  const since = new Date(changes.since * 1000).toISOString().slice(0, 16).replace("T", " ");
  const list = (title, items) => items.length > 0 && make("section", null, make("h2", null, title, make("small", null, String(items.length))),
    make("ul", null, items.map((item) => make("li", null, visible(item)))));
  const idList = (title, ids) => ids.length > 0 && make("section", null, make("h2", null, title, make("small", null, String(ids.length))), folded(ids));
  const diverging = (news) => changes.diverging.filter((one) => one.news === news).map((one) => one.case);
  const parts = [
    list("Features lost", changes.features.filter((one) => one.lost !== null).map((one) => `${one.runtime} lacks ${one.feature}: ${one.lost}`)),
    KINDS.map(([kind, title]) => runTable(title, changes.runs.filter((run) => run.kind === kind))),
    idList("Diverge now, and nobody knew", diverging(true)),
    idList("Diverge now, as is known", diverging(false)),
    idList("Diverge no more", changes.agreeing),
    list("Runtimes", changes.runtimes.map(runtimeWords)),
    list("Features that came", changes.features.filter((one) => one.lost === null).map((one) => `${one.runtime} has ${one.feature}`)),
    idList("New cases", changes.cases_added),
    list("Cases that are gone", changes.cases_gone),
    idList("Cases that were edited", changes.cases_edited),
  ].flat().filter(Boolean);
  document.getElementById("main").replaceChildren(make("article", { class: "text" },
    make("h1", null, "Changes"), make("p", { class: "lead" }, `Since the report of ${since} UTC.`),
    parts.length ? parts : make("p", null, "Nothing changed.")));
}
