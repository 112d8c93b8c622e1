//! The HTML report in a real browser: it loads without errors, filters and keys work, and whatever
//! cases, guests and runtimes say stays text.

use super::browser::{self, Browser};
use super::*;

const SAMPLE: &str = "harness/src/report/tests/sample.json";
const ITEMS: &str = "#grid .item .name";

fn sample() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    serde_json::from_str(&fs::read_to_string(file).expect("the sample")).expect("JSON")
}

/// The page of a report, in a browser that is ready to open it.
fn page(report: &Value, previous: Option<&Value>) -> Option<(TempDir, PathBuf, Browser)> {
    let browser = Browser::start(browser::command()?);
    let home = home();
    let write = |name: &str, report: &Value| {
        let file = home.path().join(name);
        fs::write(&file, report.to_string()).expect("written");
        file
    };
    let mut command = samebytes(&home);
    command.arg("report").arg(write("new.json", report)).args(["--html", "page.html"]);
    if let Some(previous) = previous {
        command.arg("--previous").arg(write("old.json", previous));
    }
    let output = command.output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let file = home.path().join("page.html");
    Some((home, file, browser))
}

#[test]
fn the_page_loads_without_errors_and_shows_every_part() {
    let mut old = sample();
    old["cases"][2]["runs"][3]["verdict"] = "pass".into();
    let Some((_home, file, mut browser)) = page(&sample(), Some(&old)) else { return };
    for (part, heading) in [
        ("#versions", "Since when, until when"),
        ("#changes", "Changes"),
        ("#runtimes", "Runtimes"),
        ("#case/growth%2Fb-known", "Others see it"),
    ] {
        browser.open(&file, part);
        assert_eq!(browser.texts("h1"), [heading]);
        assert!(browser.complaints().is_empty(), "{part}: {:#?}", browser.complaints());
    }
    assert_eq!(browser.texts(".outcomes .differs td:not(.mark)"), ["gave 4", "gave 1"]);
    assert_eq!(browser.texts(".note .known a"), ["https://example.org/bugs/1"]);
    browser.open(&file, "#versions");
    assert!(browser.texts(".versions tbody .words").contains(&"broken in 1.3.5".to_owned()));
    browser.open(&file, "#changes");
    assert_eq!(browser.texts(".changes .verdict"), ["pass → crash"]);
    browser.open(&file, "");
    assert_eq!(browser.texts("#grid thead th[data-place]").len(), 4);
    assert_eq!(browser.texts("#grid .category th").len(), 2);
    assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
}

#[test]
fn every_cell_has_a_sign_and_a_title() {
    let Some((_home, file, mut browser)) = page(&sample(), None) else { return };
    browser.open(&file, "");
    let row = |at: usize| format!("#grid tr:has([data-key]):nth-child({at}) .cell:not(.agreement)");
    assert_eq!(browser.texts("#grid .cell:not(.agreement)").len(), 16);
    assert_eq!(browser.texts(&row(3))[..4], ["·", "f", "·", "·"], "a known failure is small");
    let titles = "[...document.querySelectorAll('#grid .cell:not(.agreement)')].map((one) => one.title)";
    let titles: Vec<String> = serde_json::from_value(browser.evaluate(titles)).expect("titles");
    assert!(titles.iter().all(|title| title.contains(": ")), "{titles:?}");
    assert!(titles.contains(&"bun@1.3.5: known fail: expected 4, it gave 1".to_owned()), "{titles:?}");
    let signs = browser.texts("#grid .news");
    assert_eq!(signs, ["F~", "C"], "news are capitals, and what is flaky has a wave");
}

#[test]
fn filters_show_what_they_say_and_stand_in_the_address() {
    let Some((_home, file, mut browser)) = page(&sample(), None) else { return };
    browser.open(&file, "");
    assert_eq!(browser.texts(ITEMS), ["a-pass[w=1]", "b-known", "c-news", "d-unsupported"]);
    browser.click("[data-filter=divergences]");
    assert_eq!(browser.texts(ITEMS), ["b-known", "c-news"]);
    browser.click("[data-filter=news]");
    assert_eq!(browser.texts(ITEMS), ["c-news"]);
    assert_eq!(browser.evaluate("location.hash"), "#cases?only=divergences&only=news");
    assert_eq!(browser.texts("#shown"), ["1 of 4 cases"]);
    browser.open(&file, "#cases?runtime=bun%401.2.0");
    assert_eq!(browser.texts(ITEMS), ["d-unsupported"], "what that runtime does not pass");
    browser.click("#grid th[data-place='1'] button");
    assert_eq!(browser.texts(ITEMS), ["b-known", "d-unsupported"]);
    browser.open(&file, "#cases?text=OTHERS%20see");
    assert_eq!(browser.texts(ITEMS), ["b-known"], "titles count, capitals do not");
    browser.open(&file, "#cases?text=nothing-is-like-this");
    assert_eq!(browser.texts("#grid .nothing"), ["No case is like this. Escape clears the filters."]);
    assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
}

#[test]
fn the_keyboard_is_enough() {
    let Some((_home, file, mut browser)) = page(&sample(), None) else { return };
    browser.open(&file, "");
    browser.press("/");
    for key in ["k", "n", "o", "w"] {
        browser.press(key);
    }
    assert_eq!(browser.texts(ITEMS), ["b-known"]);
    browser.press("Escape");
    assert_eq!(browser.texts(ITEMS).len(), 4);
    let focused = "document.activeElement.dataset.key";
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    assert_eq!(browser.evaluate(focused), "growth/b-known");
    browser.press("Enter");
    assert_eq!(browser.texts("h1"), ["Others see it"]);
    browser.press("ArrowRight");
    assert_eq!(browser.texts(".id"), ["hostile/c-news"]);
    browser.press("Escape");
    assert_eq!(browser.evaluate(focused), "growth/b-known", "it goes back to where it came from");
    browser.press("n");
    assert_eq!(browser.texts(ITEMS), ["c-news"]);
    browser.press("Escape");
    assert_eq!(browser.texts(ITEMS).len(), 4);
}

#[test]
fn a_document_of_several_cases_is_folded_and_unfolds() {
    let mut report = sample();
    let mut other = report["cases"][0].clone();
    other["id"] = "growth/a-pass[w=2]".into();
    other["runs"][1]["status"] = "unexpected".into();
    other["runs"][1]["verdict"] = "fail".into();
    report["cases"].as_array_mut().expect("cases").insert(1, other);
    let Some((_home, file, mut browser)) = page(&report, None) else { return };
    browser.open(&file, "");
    assert_eq!(browser.texts("#grid .document .cell:not(.agreement)"), ["·", "F1", "·", "·"]);
    assert_eq!(browser.texts(ITEMS).len(), 4);
    browser.press("ArrowDown");
    browser.press("ArrowRight");
    assert_eq!(browser.texts("#grid .inside .name"), ["w=1", "w=2"]);
    browser.press("ArrowDown");
    browser.press("ArrowLeft");
    assert_eq!(browser.texts("#grid .inside .name").len(), 0);
    assert_eq!(browser.evaluate("document.activeElement.dataset.key"), "growth/a-pass");
}

/// Puts a text wherever a report may hold one that somebody else wrote.
fn poison(value: &mut Value, text: &str) {
    const OURS: [&str; 12] = [
        "verdict",
        "status",
        "agreement",
        "kind",
        "result",
        "type",
        "value",
        "observed_by",
        "platform",
        "samebytes",
        "runtime",
        "bytes",
    ];
    match value {
        Value::String(old) => *old = text.to_owned(),
        Value::Array(list) => list.iter_mut().for_each(|one| poison(one, text)),
        Value::Object(map) => {
            for (key, one) in map.iter_mut().filter(|(key, _)| !OURS.contains(&key.as_str())) {
                // Names that other parts refer to are poisoned once and for all below.
                if !matches!(key.as_str(), "groups" | "same_as" | "document" | "features" | "id" | "name") {
                    poison(one, text);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn whatever_a_report_says_stays_text() {
    let hostile = "javascript:window.broken=1//</script><script>window.broken=1</script>\
        <img src=x onerror=window.broken=1>\" onclick=\"window.broken=1' \u{202e}\u{0}]]>-->${window.broken=1}";
    let mut report = sample();
    for case in report["cases"].as_array_mut().expect("cases") {
        poison(case, hostile);
        case["id"] = format!("{}{hostile}", case["id"].as_str().expect("an id")).into();
    }
    poison(&mut report["documents"], hostile);
    // Every mention of one runtime.
    let name = "deno<img src=x onerror=window.broken=1>";
    let text = report.to_string().replace("\"deno\"", &Value::from(name).to_string());
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let Some((_home, file, mut browser)) = page(&report, Some(&sample())) else { return };
    browser.open(&file, "");
    let ids = "[...document.querySelectorAll('#grid a.item')].map((one) => one.getAttribute('href'))";
    let mut parts: Vec<String> = serde_json::from_value(browser.evaluate(ids)).expect("addresses");
    assert_eq!(parts.len(), 4);
    parts.extend(
        ["#versions", "#changes", "#runtimes", "#case/no<img>", "#cases?text=<img>"].map(str::to_owned),
    );
    for part in &parts {
        browser.open(&file, part);
        let bad = "document.querySelectorAll('img, a[href^=\"javascript\" i], [onclick], [onerror]').length";
        assert_eq!(browser.evaluate(bad), 0, "{part}");
        assert_eq!(browser.evaluate("window.broken ?? 'whole'"), "whole", "{part}");
        assert_eq!(browser.evaluate("document.scripts.length"), 2, "{part}");
        assert!(browser.complaints().is_empty(), "{part}: {:#?}", browser.complaints());
    }
    browser.open(&file, &parts[2]);
    let shown = browser.evaluate("document.querySelector('article').textContent");
    assert!(
        shown.as_str().is_some_and(|text| text.contains("<img src=x onerror=") && text.contains("\\u{202e}"))
    );
    browser.open(&file, "#runtimes");
    assert!(browser.texts(".machines tbody th")[3].starts_with(name));
}
