// One case: what it says, what the runtimes did, why some did not, and its text.

function stepWords(one, note) {
  const step = one.steps.find(([number]) => number === note.step);
  if (!step) return null;
  const round = note.round ? `, round ${note.round}` : "";
  return make("p", { class: "step" }, `Step ${note.step}${round}, line ${step[1]} `, make("code", null, visible(textOf(step[2]))));
}

function noteCard(one, note) {
  const look = signIn(one, note.runtimes[0]);
  const reason = textOf(note.reason);
  return make("li", { class: "note" },
    make("div", { class: "verdicts" }, signBox(look), make("strong", null, look.name)),
    make("div", { class: "said" },
      runtimeList(note.runtimes),
      reason && make("p", { class: "reason" }, visible(reason)),
      stepWords(one, note),
      note.known && make("p", { class: "known" }, visible(note.known.reason), " ", link(note.known.link)),
      note.crash && note.crash.stderr && make("details", null, make("summary", null, "Standard error"),
        make("pre", null, visible(note.crash.stderr)))));
}

function notes(one) {
  const all = one.notes ?? [];
  const grave = all.filter((note) => !["unsupported", "inconclusive"].includes(note.verdict));
  const quiet = all.filter((note) => !grave.includes(note));
  const list = (title, some) => some.length > 0 && make("section", null, make("h2", null, title),
    make("ul", { class: "notes" }, some.map((note) => noteCard(one, note))));
  return [list("Not passed", grave), list("Not compared", quiet)];
}

function neighbours(one) {
  const list = shownCases.includes(one) ? shownCases : cases;
  const at = list.indexOf(one);
  const to = (other, text, name) => other
    ? make("a", { href: `#case/${encodeURIComponent(other.id)}`, title: other.id, "data-go": name }, text)
    : make("span", { class: "off" }, text);
  return make("span", { class: "neighbours" }, to(list[at - 1], "‹ previous", "previous"),
    make("span", { class: "at" }, `${at + 1} of ${list.length}`), to(list[at + 1], "next ›", "next"));
}

function facts(one) {
  const [sign, words] = AGREEMENTS[one.agreement];
  const tone = { diverge: "divergence", contested: "contested", allowed: "allowed" }[one.agreement];
  const ours = one.by_embedding ?? [];
  return make("dl", { class: "facts" },
    make("dt", null, "Compared"), make("dd", null, tone && make("span", { class: `sign ${tone}` }, sign), " ", words, one.news ? "; news" : ""),
    make("dt", null, one.spec.length > 1 ? "Clauses" : "Clause"), make("dd", null, one.spec.map((place) => make("div", null, link(textOf(place))))),
    one.claims.length > 0 && [make("dt", null, "Claims"), make("dd", null, one.claims.join(", "))],
    one.contested && [make("dt", null, "Contested"), make("dd", null, visible(one.contested.reason), " ", link(one.contested.link))],
    ours.length > 0 && [make("dt", null, "By us"), make("dd", null,
      `What decided is our embedding alone, not the engine, in ${ours.map((place) => runtimes[place].name).join(", ")}`)]);
}

function buildCase(id) {
  const one = caseById.get(id);
  const main = document.getElementById("main");
  if (!one) {
    main.replaceChildren(make("div", { class: "text" }, make("p", null, "This report has no case ", make("code", null, visible(id)), ".")));
    return;
  }
  main.replaceChildren(make("article", { class: "text" },
    make("nav", { class: "path", "aria-label": "Where" }, make("a", { href: filterAddress(), "data-go": "back" }, "‹ Cases"), neighbours(one)),
    make("p", { class: "id" }, visible(one.id)),
    make("h1", null, visible(one.title)),
    facts(one), strip(one), outcomes(one), differingBytes(one), notes(one), sources(one)));
  main.scrollTop = 0;
}

/** Every runtime with its sign, in the grid's order. */
function strip(one) {
  return make("ul", { class: "strip", "aria-label": "Verdicts" }, runtimes.map((runtime, place) => {
    const look = signIn(one, place);
    return make("li", { title: whyIn(one, place) }, signBox(look, whyIn(one, place)), runtimeName(runtime));
  }));
}
