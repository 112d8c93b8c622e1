// The report as the page holds it, and the few questions that every part of the page asks of it.
// harness/src/report/html/view.rs says what stands in it.

const data = JSON.parse(document.getElementById("data").textContent);
const runtimes = data.runtimes;
const cases = data.cases;
const caseById = new Map(cases.map((one) => [one.id, one]));

/** Documents in their order, each with its cases, by category. */
const categories = new Map();
for (const one of cases) {
  if (!categories.has(one.category)) categories.set(one.category, new Map());
  const documents = categories.get(one.category);
  if (!documents.has(one.document)) documents.set(one.document, []);
  documents.get(one.document).push(one);
}

function textOf(place) {
  return place === null || place === undefined ? "" : data.texts[place];
}

/** The sign of a case in the runtime at a place. */
function signIn(one, place) {
  return signOf(one.verdicts[place], one.statuses[place], one.flaky?.includes(place));
}

function noteOf(one, place) {
  return one.notes?.find((note) => note.runtimes.includes(place));
}

/** Why a case is not a plain pass in a runtime, on one line. */
function whyIn(one, place) {
  const { name } = signIn(one, place);
  const reason = textOf(noteOf(one, place)?.reason);
  const why = reason ? `: ${visible(reason)}` : "";
  const ours = one.by_embedding?.includes(place) ? ", decided by the embedding alone" : "";
  return `${runtimes[place].name}: ${name}${why}${ours}`.slice(0, 500);
}

function versionOf(runtime) {
  const version = runtime.version ?? "";
  return runtime.name.includes(version) ? "" : version;
}

/** A runtime's name, what says its version softer. */
function runtimeName(runtime) {
  const [name, rest] = runtime.name.split(/@(.*)/s);
  if (rest !== undefined) return [visible(name), make("i", null, visible(rest))];
  // A variant's name stands behind the version everywhere.
  const [plain, variant] = name.split(/(\+.*)/s);
  return [visible(plain), make("i", null, versionOf(runtime) + visible(variant ?? ""))];
}

/** The part of an id after its category, or after its document. */
function shortName(one) {
  return one.id.startsWith(`${one.category}/`) ? one.id.slice(one.category.length + 1) : one.id;
}
function parametersOf(one) {
  return one.id.slice(one.document.length).replace(/^\[|\]$/g, "");
}

/** How many runs have a tone: of some cases, in a runtime or in all. */
function countTone(some, tone, place) {
  const places = place === undefined ? runtimes.keys() : [place];
  return [...places].reduce(
    (sum, at) => sum + some.filter((one) => signIn(one, at).tone === tone).length,
    0,
  );
}
