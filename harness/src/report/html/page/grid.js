// The grid of cases by runtimes.

let shownCases = cases;

function headRow() {
  const column = (runtime, place) => {
    const engine = runtime.engine ? `${runtime.engine.name} ${runtime.engine.version}` : "";
    const title = runtime.unavailable
      ? `${runtime.name} could not be had: ${visible(runtime.unavailable)}`
      : `${runtime.name} ${runtime.version}, ${engine}, ${runtime.platform}`;
    return make("th", { scope: "col", class: edge(place), "data-place": String(place) }, make("button", {
      type: "button", title, "aria-pressed": "false",
      click: () => setFilter({ runtime: filters.runtime === place ? null : place }),
    }, make("span", null, runtimeName(runtime))));
  };
  return make("thead", null, make("tr", null,
    make("th", { class: "corner", scope: "col" }, make("span", null, "Case")),
    make("th", { scope: "col", class: "agreement" }, make("span", { title: "How the runtimes compare" }, "compared")),
    runtimes.map(column)));
}

function buildGrid() {
  const columns = make("colgroup", null, make("col"), make("col"), runtimes.map(() => make("col")));
  const main = document.getElementById("main");
  main.replaceChildren(buildFilters(),
    make("div", { class: "scroll", id: "scroll" }, make("table", { id: "grid" }, columns, headRow())));
  fillGrid();
}

/** Where little is left after filtering, folding would only hide it. */
function isOpen(id, few) {
  return few || unfolded.has(id);
}

function fillGrid() {
  const table = document.getElementById("grid");
  const focused = document.activeElement?.dataset?.key;
  shownCases = cases.filter(isShown);
  const few = filtersActive() && shownCases.length <= 100;
  for (const body of [...table.tBodies]) body.remove();
  for (const [name, documents] of categories) {
    const rows = [];
    for (const [id, all] of documents) {
      const some = all.filter(isShown);
      if (some.length === 0) continue;
      if (all.length === 1) rows.push(caseRow(all[0], false));
      else rows.push(...documentRows(id, some, isOpen(id, few)));
    }
    if (rows.length === 0) continue;
    const some = [...documents.values()].flat().filter(isShown);
    table.append(make("tbody", null, categoryRow(name, some), rows));
  }
  if (shownCases.length === 0) {
    table.append(make("tbody", { class: "nothing" }, make("tr", null,
      make("th", null, "No case is like this. Escape clears the filters."))));
  }
  showColumn();
  document.getElementById("shown").textContent =
    shownCases.length === cases.length ? plural(cases.length, "case") : `${shownCases.length} of ${plural(cases.length, "case")}`;
  document.getElementById("unfold").textContent = unfolded.size ? "Fold all" : "Unfold all";
  if (focused) itemOf(focused)?.focus();
}

function showColumn() {
  const columns = document.querySelectorAll("#grid col");
  columns.forEach((column, at) => column.classList.toggle("chosen", at - 2 === filters.runtime));
  for (const head of document.querySelectorAll("#grid th[data-place]")) {
    const chosen = Number(head.dataset.place) === filters.runtime;
    head.firstChild.setAttribute("aria-pressed", String(chosen));
  }
}

function itemOf(key) {
  return [...document.querySelectorAll("#grid .item")].find((item) => item.dataset.key === key);
}

function fold(id, open) {
  if (open) unfolded.add(id);
  else unfolded.delete(id);
  fillGrid();
  itemOf(id)?.focus();
}

function unfoldAll() {
  if (unfolded.size) unfolded.clear();
  else for (const one of cases) unfolded.add(one.document);
  fillGrid();
}
