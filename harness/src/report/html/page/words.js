// Signs and names: what a verdict looks like in its light, and how it is called. No meaning is in a
// colour alone.

const VERDICTS = {
  p: "pass",
  f: "fail",
  u: "unsupported",
  i: "inconclusive",
  c: "crash",
  t: "timeout",
};
const STATUSES = {
  e: "expected",
  k: "known",
  u: "unexpected",
  f: "fixed",
  a: "changed",
  c: "contested",
};
const AGREEMENTS = {
  agree: ["", "all outcomes are the same"],
  allowed: ["≈", "they differ within what the specification allows"],
  diverge: ["≠", "they diverge"],
  contested: ["§", "they differ where specifications or engines contradict each other"],
  single: ["", "there is one outcome"],
  none: ["", "there is no outcome"],
};
// The gravest first: what a folded row shows.
const TONES = ["news", "fixed", "known", "contested", "flaky", "inconclusive", "unsupported", "pass", "none"];

/** The sign, tone and name of a run, by its letters. */
function signOf(verdict, status, flaky = false) {
  const name = VERDICTS[verdict];
  if (!name) return { sign: "", tone: "none", name: "not run" };
  const wavy = flaky ? "~" : "";
  const word = flaky ? "flaky " : "";
  switch (status) {
    case "k":
      return { sign: verdict + wavy, tone: "known", name: `${word}known ${name}` };
    case "c":
      return { sign: "§" + wavy, tone: "contested", name: `${word}contested ${name}` };
    case "f":
      return { sign: "✓" + wavy, tone: "fixed", name: `${word}fixed: known to fail, and passes` };
    case "a":
      return { sign: "!" + wavy, tone: "news", name: `${word}${name}, otherwise than is known` };
    case "u":
      return { sign: verdict.toUpperCase() + wavy, tone: "news", name: `${word}unexpected ${name}` };
  }
  if (verdict === "p") return { sign: `·${wavy}`, tone: flaky ? "flaky" : "pass", name: `${word}pass` };
  if (verdict === "u") return { sign: `–${wavy}`, tone: "unsupported", name: `${word}unsupported` };
  return { sign: verdict === "i" ? `?${wavy}` : verdict + wavy, tone: "inconclusive", name: word + name };
}

const LEGEND = [
  [["p"], "e", "pass"],
  [["f", "c", "t"], "u", "fail, crash, timeout: unexpected"],
  [["f", "c", "t"], "k", "known"],
  [["f"], "a", "otherwise than known"],
  [["p"], "f", "known to fail, passes"],
  [["f"], "c", "contested"],
  [["u"], "e", "unsupported"],
  [["i"], "e", "inconclusive"],
];

function signBox({ sign, tone, name }, more) {
  return make("span", { class: `sign ${tone}`, title: more ?? name }, sign);
}
