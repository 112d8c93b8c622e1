// The keyboard: / searches, arrows move and fold, Enter opens (as it does by itself), Escape goes back.

function move(step) {
  const items = [...document.querySelectorAll("#grid .item")];
  const at = items.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + step));
  items[next]?.focus();
}

function foldFocused(open) {
  const { key, document: parent } = document.activeElement?.dataset ?? {};
  if (document.activeElement?.hasAttribute("aria-expanded")) fold(key, open);
  else if (parent && !open) fold(parent, false);
}

function inGrid(key) {
  const actions = {
    ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
    ArrowRight: () => foldFocused(true), ArrowLeft: () => foldFocused(false),
    d: () => setFilter({ divergences: !filters.divergences }), n: () => setFilter({ news: !filters.news }),
    Escape: () => { clearFilters(); setFilter({}); },
  };
  actions[key]?.();
  return key in actions;
}

function inCase(key) {
  const names = { Escape: "back", j: "next", k: "previous", ArrowRight: "next", ArrowLeft: "previous" };
  document.querySelector(`[data-go="${names[key] ?? ""}"]`)?.click();
  return key in names;
}

function inSearch(event) {
  if (event.key === "Escape") {
    setFilter({ text: "" });
    event.target.blur();
  } else if (event.key === "ArrowDown" || event.key === "Enter") {
    move(1);
  } else {
    return false;
  }
  return true;
}

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  let done = false;
  if (event.target.id === "search") done = inSearch(event);
  else if (event.target.tagName === "SELECT") return;
  else if (event.key === "/") {
    if (currentView() !== "cases") location.hash = filterAddress();
    show();
    document.getElementById("search").focus();
    done = true;
  } else if (currentView() === "cases") done = inGrid(event.key);
  else if (currentView() === "case") done = inCase(event.key);
  else if (event.key === "Escape") {
    location.hash = filterAddress();
    done = true;
  }
  if (done) event.preventDefault();
}
