// The ways through the page. The address says what is shown: #cases?only=news, #case/ID, #versions.

let leftAt = { scroll: 0, key: null };
let shown = null;

function currentView() {
  return /^#(\w+)/.exec(location.hash)?.[1] ?? "cases";
}

function show() {
  if (shown === location.hash) return;
  const scroll = document.getElementById("scroll");
  if (scroll) leftAt = { scroll: scroll.scrollTop, key: document.activeElement?.dataset?.key ?? leftAt.key };
  shown = location.hash;
  const view = currentView();
  const rest = location.hash.slice(view.length + 2);
  document.body.dataset.view = view;
  for (const tab of document.querySelectorAll("[data-view]")) {
    const current = tab.dataset.view === (view === "case" ? "cases" : view);
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (view === "case") buildCase(decodeURIComponent(rest));
  else if (view === "versions") buildVersions();
  else if (view === "changes" && data.changes) buildChanges();
  else if (view === "runtimes") buildRuntimes();
  else showCases(rest);
}

/** Another address for what is shown already. */
function keepAddress(address) {
  history.replaceState(null, "", address);
  shown = location.hash;
}

function showCases(query) {
  readFilters(query);
  buildGrid();
  document.getElementById("scroll").scrollTop = leftAt.scroll;
  if (leftAt.key) itemOf(leftAt.key)?.focus({ preventScroll: true });
}

buildHead();
buildFoot();
window.addEventListener("hashchange", show);
document.addEventListener("keydown", pressed);
show();
document.documentElement.dataset.ready = "true";
