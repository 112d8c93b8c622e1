// The runtimes: what each is, what it came to, what it lacks.

function featureCell(runtime, feature) {
  if (runtime.unavailable) return make("td", { class: "cell none" });
  const reason = runtime.lacks[feature];
  if (reason === undefined) return make("td", { class: "cell pass", title: `${runtime.name} has ${feature}` }, "·");
  return make("td", { class: "cell unsupported", title: `${runtime.name} lacks ${feature}: ${visible(reason)}` }, "–");
}

function runtimeRow(runtime, place) {
  const count = (tone) => make("td", { class: "number" }, String(countTone(cases, tone, place) || ""));
  const identity = runtime.unavailable
    ? [make("td", { colspan: "2", class: "reason" }, "could not be had: ", visible(runtime.unavailable))]
    : [make("td", null, visible(runtime.engine?.name ?? ""), engineVersion(runtime)),
      make("td", null, visible(runtime.platform ?? ""))];
  return make("tr", null, make("th", { scope: "row" }, runtimeName(runtime)), identity,
    ["pass", "news", "known", "unsupported"].map(count), data.features.map((feature) => featureCell(runtime, feature)),
    make("td", { class: "command" }, make("code", { title: visible(runtime.command) }, visible(runtime.command))));
}

/** JavaScriptCore's is a commit, whose beginning will do. */
function engineVersion(runtime) {
  const version = visible(runtime.engine?.version ?? "");
  return make("i", { title: version }, /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 10) : version);
}

function buildRuntimes() {
  const heads = ["Runtime", "Engine", "Platform"];
  const numbers = ["Passes", "News", "Known", "Unsupported"];
  document.getElementById("main").replaceChildren(make("article", { class: "text" }, make("h1", null, "Runtimes"),
    make("p", { class: "lead" }, "Features are probed. What a runtime lacks says why when pointed at."),
    make("div", { class: "wide" }, make("table", { class: "machines" },
      make("thead", null, make("tr", null, heads.map((head) => make("th", { scope: "col" }, head)),
        numbers.map((head) => make("th", { scope: "col", class: "number" }, head)),
        data.features.map((feature) => make("th", { scope: "col", class: "feature" }, make("span", null, feature))),
        make("th", { scope: "col", class: "command" }, "Started as"))),
      make("tbody", null, runtimes.map(runtimeRow)))),
    data.unmatched.length > 0 && make("section", null, make("h2", null, "Expectations that name no case"),
      make("ul", null, data.unmatched.map((one) => make("li", null, visible(one.runtime), ": ", make("code", null, visible(one.cases))))))));
}
