// The head of the page: what the run came to in one sentence, the counts, and the ways to the parts.

const VIEWS = [
  ["cases", "Cases", () => cases.length],
  ["versions", "Versions", () => data.versions.length],
  ["changes", "Changes", () => (data.changes ? data.changes.runs.length : null)],
  ["runtimes", "Runtimes", () => runtimes.length],
];

function buildHead() {
  const tabs = VIEWS.filter(([view, , count]) => (view !== "versions" || count()) && count() !== null);
  const nav = make("nav", { "aria-label": "Parts" }, tabs.map(([view, name, count]) =>
    make("a", { href: `#${view}`, "data-view": view }, name, make("span", { class: "count" }, String(count()))),
  ));
  document.getElementById("head").append(
    make("div", { class: "brand" }, make("strong", null, "samebytes"),
      make("span", { class: "question" }, "Do your WebAssembly runtimes see the same bytes?"), dates(), nav),
    make("div", { class: "summary" }, conclusion(), counts()),
  );
}

function conclusion() {
  const { news, interrupted } = data.summary;
  const text = news === 0 ? "Everything is as expected" : `${plural(news, "case")} not as expected`;
  const open = interrupted ? ", but the run was interrupted" : "";
  return make("span", { class: `conclusion ${news || interrupted ? "bad" : "good"}` },
    make("span", { "aria-hidden": "true" }, news || interrupted ? "✗ " : "✓ "), text + open);
}

function counts() {
  const { verdicts, statuses, agreements } = data.summary;
  const parts = [
    [verdicts.pass ?? 0, "pass", "passes"],
    [statuses.known ?? 0, "known failure", "known failures"],
    [(statuses.unexpected ?? 0) + (statuses.changed ?? 0), "unexpected failure", "unexpected failures"],
    [statuses.fixed ?? 0, "fixed", "fixed"],
    [agreements.diverge ?? 0, "divergence", "divergences"],
    [statuses.contested ?? 0, "contested", "contested"],
    [verdicts.unsupported ?? 0, "unsupported", "unsupported"],
    [verdicts.inconclusive ?? 0, "inconclusive", "inconclusive"],
    [data.summary.flaky, "flaky", "flaky"],
    [data.summary.by_embedding, "by our embedding alone", "by our embedding alone"],
    [data.summary.not_run, "not run", "not run"],
  ];
  return make("ul", { class: "counts" }, parts.filter(([count]) => count > 0).map(([count, one, many]) =>
    make("li", null, make("b", null, count.toLocaleString("en")), ` ${count === 1 ? one : many}`),
  ));
}

function dates() {
  const when = new Date(data.finished * 1000).toISOString().slice(0, 16).replace("T", " ");
  const took = `${(data.took_ms / 1000).toFixed(data.took_ms < 10000 ? 1 : 0)} s`;
  return make("span", { class: "dates" }, `${when} UTC, in ${took}, samebytes ${data.samebytes}`);
}

function buildFoot() {
  const keys = [["/", "search"], ["↑ ↓", "move"], ["← →", "fold"], ["Enter", "open"], ["Esc", "back"],
    ["d", "divergences"], ["n", "news"]];
  document.getElementById("foot").append(
    make("ul", { class: "legend", "aria-label": "Signs" }, LEGEND.map(([verdicts, status, words]) =>
      make("li", null, verdicts.map((verdict) => signBox(signOf(verdict, status))), words),
    ), make("li", null, make("span", { class: "sign divergence" }, "≠"), "divergence"),
    make("li", null, make("span", { class: "sign allowed" }, "≈"), "allowed difference")),
    make("ul", { class: "keys", "aria-label": "Keys" }, keys.map(([key, what]) =>
      make("li", null, make("kbd", null, key), ` ${what}`),
    )),
  );
}
