// Which cases are shown: what is asked for, its controls, and its place in the address, so that a view
// can be passed on as a link.

const filters = { text: "", divergences: false, news: false, runtime: null };

function filtersActive() {
  return Boolean(filters.text || filters.divergences || filters.news || filters.runtime !== null);
}

function clearFilters() {
  Object.assign(filters, { text: "", divergences: false, news: false, runtime: null });
}

/** A runtime that is asked for leaves the cases that it does not simply pass. */
function isShown(one) {
  if (filters.divergences && !["diverge", "contested"].includes(one.agreement)) return false;
  if (filters.news && !one.news) return false;
  if (filters.runtime !== null && ["pass", "none"].includes(signIn(one, filters.runtime).tone)) return false;
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
  const where = `${one.id} ${one.title}`.toLowerCase();
  return words.every((word) => where.includes(word));
}

function filterAddress() {
  const query = new URLSearchParams();
  if (filters.text) query.set("text", filters.text);
  if (filters.divergences) query.append("only", "divergences");
  if (filters.news) query.append("only", "news");
  if (filters.runtime !== null) query.set("runtime", runtimes[filters.runtime].name);
  const text = query.toString();
  return text ? `#cases?${text}` : "#cases";
}

function readFilters(text) {
  const query = new URLSearchParams(text);
  const place = runtimes.findIndex((runtime) => runtime.name === query.get("runtime"));
  filters.text = query.get("text") ?? "";
  filters.divergences = query.getAll("only").includes("divergences");
  filters.news = query.getAll("only").includes("news");
  filters.runtime = place < 0 ? null : place;
}

function toggleButton(name, text, title) {
  return make("button", {
    type: "button", class: "toggle", title, "data-filter": name,
    "aria-pressed": String(filters[name]), click: () => setFilter({ [name]: !filters[name] }),
  }, text);
}

function buildFilters() {
  const search = make("input", {
    type: "search", id: "search", placeholder: "Search cases  /", "aria-label": "Search cases",
    spellcheck: "false", autocomplete: "off", input: (event) => setFilter({ text: event.target.value }),
  });
  search.value = filters.text;
  const choice = make("select", {
    id: "runtime", "aria-label": "A runtime",
    change: (event) => setFilter({ runtime: event.target.value === "" ? null : Number(event.target.value) }),
  }, make("option", { value: "" }, "Every runtime"), runtimes.map((runtime, place) =>
    make("option", { value: String(place), selected: place === filters.runtime }, `Not passed by ${runtime.name}`),
  ));
  return make("div", { class: "filters", role: "search" }, search,
    toggleButton("divergences", "≠ Divergences", "Cases over which runtimes differ (d)"),
    toggleButton("news", "Only news", "Cases that are not as expected (n)"), choice,
    make("button", { type: "button", class: "toggle", id: "unfold", click: unfoldAll }, "Unfold all"),
    make("span", { id: "shown", role: "status" }));
}

/** Takes over what the controls cannot show by themselves. */
function showFilters() {
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.setAttribute("aria-pressed", String(filters[button.dataset.filter]));
  }
  const search = document.getElementById("search");
  if (search.value !== filters.text) search.value = filters.text;
  document.getElementById("runtime").value = filters.runtime === null ? "" : String(filters.runtime);
}

function setFilter(change) {
  Object.assign(filters, change);
  keepAddress(filterAddress());
  showFilters();
  fillGrid();
}
