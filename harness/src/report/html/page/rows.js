// The rows of the grid: a category, a document with its cases folded, a case.

const unfolded = new Set();

/** Where another kind of runtime begins, for a line between them. */
function edge(place) {
  return place > 0 && runtimes[place].kind !== runtimes[place - 1].kind ? " edge" : "";
}

function cell(one, place) {
  const look = signIn(one, place);
  return make("td", { class: `cell ${look.tone}${edge(place)}`, title: whyIn(one, place) }, look.sign);
}

/** The gravest of several cases, and of how many of them. */
function foldedCell(some, place) {
  const looks = some.map((one) => signIn(one, place));
  const tone = TONES.find((tone) => looks.some((look) => look.tone === tone));
  const same = looks.filter((look) => look.tone === tone);
  const title = `${runtimes[place].name}: ${same[0].name} in ${same.length} of ${plural(some.length, "case")}`;
  const part = same.length < looks.length ? make("small", null, String(same.length)) : null;
  return make("td", { class: `cell ${tone}${edge(place)}`, title }, same[0].sign, part);
}

function agreementCell(some) {
  const order = ["diverge", "contested", "allowed"];
  const found = order.find((agreement) => some.some((one) => one.agreement === agreement));
  if (!found) return make("td", { class: "cell agreement" });
  const those = some.filter((one) => one.agreement === found);
  const [sign, title] = AGREEMENTS[found];
  const tone = found === "allowed" ? "allowed" : found === "contested" ? "contested" : "divergence";
  const news = found === "diverge" && those.some((one) => one.news);
  const part = those.length < some.length ? make("small", null, String(those.length)) : null;
  return make("td", { class: `cell agreement ${tone} ${news ? "new" : ""}`, title: news ? `${title}: news` : title }, sign, part);
}

function caseRow(one, inside) {
  const name = inside ? parametersOf(one) : shortName(one);
  return make("tr", { class: inside ? "inside" : "alone" },
    make("th", { scope: "row" }, make("a", {
      class: "item", href: `#case/${encodeURIComponent(one.id)}`, title: one.title,
      "data-key": one.id, "data-document": inside ? one.document : null,
    }, make("span", { class: "name" }, visible(name)), make("span", { class: "title" }, visible(one.title)))),
    agreementCell([one]),
    runtimes.map((_, place) => cell(one, place)));
}

/** The words with which the titles of one document's cases begin, for the row that stands for all. */
function commonTitle(some) {
  const [first, ...others] = some.map((one) => one.title.split(" "));
  let same = first.length;
  for (const words of others) {
    const at = first.findIndex((word, place) => words[place] !== word);
    if (at >= 0) same = Math.min(same, at);
  }
  const common = first.slice(0, same).join(" ").replace(/[\s(:,;]+$/, "");
  return common || some[0].title;
}

function documentRows(id, some, open) {
  const name = shortName({ id, category: some[0].category });
  const row = make("tr", { class: "document" },
    make("th", { scope: "row" }, make("button", {
      type: "button", class: "item", "aria-expanded": String(open), "data-key": id,
      click: () => fold(id, !unfolded.has(id)),
    }, make("span", { class: "name" }, visible(name), make("span", { class: "count" }, String(some.length))),
    make("span", { class: "title" }, visible(commonTitle(some))))),
    agreementCell(some),
    runtimes.map((_, place) => foldedCell(some, place)));
  return open ? [row, ...some.map((one) => caseRow(one, true))] : [row];
}

function categoryRow(name, some) {
  const passes = (place) => {
    const ran = some.filter((one) => one.verdicts[place] !== ".");
    const other = ran.filter((one) => one.verdicts[place] !== "p").length;
    const title = `${runtimes[place].name}: ${other} of ${plural(ran.length, "case")} not passed`;
    return make("td", { class: `share${edge(place)}`, title }, other ? String(other) : "");
  };
  return make("tr", { class: "category" },
    make("th", { scope: "rowgroup" }, make("span", null, visible(name), make("span", { class: "count" }, String(some.length)))),
    make("td", { class: "share" }),
    runtimes.map((_, place) => passes(place)));
}
