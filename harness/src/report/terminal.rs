//! The screen after a run: a table of counts, whatever is not a plain pass, each divergence, and one
//! closing line.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::add_divergence;
use super::screen::{Page, Tone, shortened};
use super::table::lay_out;
use crate::event::{CaseResult, CaseRun, Results, RuntimeInfo, RuntimeState};
use crate::expectations::{Status, Unmatched};
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

/// The longest reason that is shown whole, in characters.
const LONGEST: usize = 1000;

/// The report of a run. With `all`, passes are listed too.
pub fn terminal(results: &Results, all: bool) -> Page {
    let mut page = Page::new();
    add_table(&mut page, results);
    add_runs(&mut page, results, all);
    add_divergences(&mut page, results);
    add_unmatched(&mut page, &results.unmatched);
    add_closing(&mut page, results);
    page
}

/// One line that says which runtimes could not be had and why; none if all could.
pub fn unavailable_line(runtimes: &[RuntimeInfo]) -> Option<String> {
    let reasons: Vec<String> = runtimes
        .iter()
        .filter_map(|info| match &info.state {
            RuntimeState::Unavailable { reason } => Some(format!("{}: {reason}", info.name)),
            _ => None,
        })
        .collect();
    (!reasons.is_empty()).then(|| format!("not available: {}", reasons.join("; ")))
}

fn add_table(page: &mut Page, results: &Results) {
    let categories: Vec<&str> = {
        let mut seen = BTreeSet::new();
        let names = results.cases.iter().map(|result| result.case.category.as_str());
        names.filter(|name| seen.insert(*name)).collect()
    };
    let ready: Vec<(usize, &RuntimeInfo)> =
        results.runtimes.iter().enumerate().filter(|(_, info)| info.handshake().is_some()).collect();
    if ready.is_empty() || categories.is_empty() {
        return;
    }
    let header = ["passes of cases"].into_iter().chain(categories.iter().copied()).chain(["all"]);
    let mut rows: Vec<Vec<String>> = vec![header.map(str::to_owned).collect()];
    for (place, info) in ready {
        let version =
            info.handshake().map(|handshake| handshake.runtime.version.as_str()).unwrap_or_default();
        let label =
            if info.name.contains('@') { info.name.clone() } else { format!("{} {version}", info.name) };
        let count = |category: Option<&str>| {
            let cases = results.cases.iter().filter(|r| category.is_none_or(|c| r.case.category == c));
            let runs: Vec<&CaseRun> =
                cases.filter_map(|result| result.runs.iter().find(|run| run.runtime == place)).collect();
            let passes = runs.iter().filter(|run| run.judgement.verdict == Verdict::Pass).count();
            if runs.is_empty() { "-".to_owned() } else { format!("{passes}/{}", runs.len()) }
        };
        let cells = categories.iter().map(|category| count(Some(category))).chain([count(None)]);
        rows.push([super::escaped(&label)].into_iter().chain(cells).collect());
    }
    for (index, line) in lay_out(&rows).iter().enumerate() {
        page.line(if index == 0 { Tone::Bold } else { Tone::Plain }, line);
    }
    page.end();
}

fn tone_of(run: &CaseRun) -> Tone {
    match run.status {
        status if status.is_news() => Tone::Bad,
        Status::Known | Status::Contested => Tone::Notice,
        _ if run.judgement.verdict == Verdict::Pass => Tone::Good,
        _ => Tone::Dim,
    }
}

/// What stands before a run: `fail`, `known fail`, `fixed`.
fn label_of(run: &CaseRun) -> String {
    let verdict = run.judgement.verdict;
    let flaky = if run.flaky { "flaky " } else { "" };
    match run.status {
        Status::Known | Status::Contested => format!("{flaky}{} {verdict}", run.status.name()),
        Status::Fixed => format!("{flaky}fixed"),
        Status::Changed => format!("{flaky}changed: {verdict}"),
        Status::Expected | Status::Unexpected => format!("{flaky}{verdict}"),
    }
}

fn name_of(results: &Results, place: usize) -> &str {
    results.runtimes.get(place).map_or("", |info| info.name.as_str())
}

/// Lists runs: what was not tried or not known comes grouped by its reason, everything else by case.
fn add_runs(page: &mut Page, results: &Results, all: bool) {
    let mut grouped: BTreeMap<(usize, &str, &str), Vec<&str>> = BTreeMap::new();
    let mut listed = false;
    for result in &results.cases {
        for run in &result.runs {
            let quiet = matches!(run.judgement.verdict, Verdict::Unsupported | Verdict::Inconclusive);
            if quiet && run.status == Status::Expected && !run.flaky && !all {
                let reason = run.judgement.reason.as_deref().unwrap_or_default();
                let key = (run.runtime, run.judgement.verdict.name(), reason);
                grouped.entry(key).or_default().push(&result.case.id);
            } else if all || !run.is_plain_pass() {
                add_run(page, results, result, run);
                listed = true;
            }
        }
    }
    if listed {
        page.end();
    }
    for ((place, verdict, reason), ids) in &grouped {
        let many = if ids.len() == 1 { "1 case".to_owned() } else { format!("{} cases", ids.len()) };
        let reason = shortened(reason, LONGEST);
        let head = format!("{verdict} in {}: {many}: {reason}", name_of(results, *place));
        page.wrapped(Tone::Dim, 0, 0, &head);
        page.wrapped(Tone::Dim, 0, 4, &ids.join(", "));
    }
    if !grouped.is_empty() {
        page.end();
    }
}

fn add_run(page: &mut Page, results: &Results, result: &CaseResult, run: &CaseRun) {
    let label = label_of(run);
    page.add(tone_of(run), &label);
    page.line(Tone::Plain, &format!("  {}  {}", name_of(results, run.runtime), result.case.id));
    if let Some(step) = run.judgement.step {
        add_step(page, result, step);
    }
    if let Some(reason) = &run.judgement.reason {
        page.wrapped(Tone::Plain, 0, 4, &shortened(reason, LONGEST));
    }
    if run.judgement.verdict == Verdict::Fail {
        for link in &result.case.spec {
            page.line(Tone::Dim, &format!("    {link}"));
        }
    }
    if let Some(known) = &run.known {
        let verdict = known.verdict;
        let prefix =
            if run.status == Status::Known { String::new() } else { format!("known as {verdict}: ") };
        page.wrapped(Tone::Notice, 0, 4, &format!("{prefix}{} {}", known.reason, known.link));
    }
    if run.status == Status::Contested
        && let Some(contested) = &result.case.contested
    {
        page.wrapped(Tone::Notice, 0, 4, &format!("contested: {} {}", contested.reason, contested.link));
    }
}

fn add_step(page: &mut Page, result: &CaseResult, step: u32) {
    if let Some(info) = result.case.steps.get(&step) {
        let head = format!("    step {step}, line {}: ", info.line);
        page.add(Tone::Dim, &head);
        page.wrapped(Tone::Dim, head.chars().count(), 6, info.text.trim());
    }
}

fn add_divergences(page: &mut Page, results: &Results) {
    for result in &results.cases {
        let agreement = result.comparison.agreement;
        if !matches!(agreement, Agreement::Diverge | Agreement::Contested) {
            continue;
        }
        let tone = if result.divergence_is_news { Tone::Bad } else { Tone::Notice };
        let word = match agreement {
            Agreement::Contested => "contested divergence",
            _ if result.divergence_is_news => "divergence",
            _ => "known divergence",
        };
        page.add(tone, word).line(Tone::Plain, &format!("  {}", result.case.id));
        page.wrapped(Tone::Plain, 0, 4, &result.case.title);
        if let Some((step, _)) = result.comparison.differing.first() {
            add_step(page, result, *step);
        }
        for link in &result.case.spec {
            page.line(Tone::Dim, &format!("    {link}"));
        }
        if let Some(contested) = &result.case.contested {
            page.wrapped(Tone::Notice, 0, 4, &format!("contested: {} {}", contested.reason, contested.link));
        }
        add_divergence(page, results, result);
        page.end();
    }
}

/// Adds entries of expectations files that name no case.
pub fn add_unmatched(page: &mut Page, unmatched: &[Unmatched]) {
    for Unmatched { cases, place } in unmatched {
        page.wrapped(Tone::Notice, 0, 4, &format!("{place}: this known failure names no case: {cases}"));
    }
    if !unmatched.is_empty() {
        page.end();
    }
}

fn add_closing(page: &mut Page, results: &Results) {
    let runs = || results.cases.iter().flat_map(|result| &result.runs);
    let verdicts = Verdict::ALL.iter().filter_map(|verdict| {
        let count = runs().filter(|run| run.judgement.verdict == *verdict).count();
        (count > 0).then(|| format!("{count} {verdict}"))
    });
    let mut parts: Vec<String> = verdicts.collect();
    let mut count = |count: usize, what: &str| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    count(runs().filter(|run| run.status == Status::Known).count(), "known");
    count(runs().filter(|run| run.flaky).count(), "flaky");
    count(runs().filter(|run| run.judgement.by_embedding).count(), "decided by our embedding alone");
    let diverging = |result: &&CaseResult| result.comparison.agreement == Agreement::Diverge;
    count(results.cases.iter().filter(diverging).count(), "diverging");
    count(results.cases.iter().filter(|result| result.is_news()).count(), "not as expected");
    count(results.not_run, "not run");
    let ready = results.runtimes.iter().filter(|info| info.handshake().is_some()).count();
    let news = results.cases.iter().any(CaseResult::is_news);
    let end = if results.interrupted { "interrupted: " } else { "" };
    let cases = results.cases.len();
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let text = format!(
        "{end}{} in {}: {} ({:.1}s)",
        many(cases, "case"),
        many(ready, "runtime"),
        if parts.is_empty() { "nothing ran".to_owned() } else { parts.join(", ") },
        results.took.as_secs_f64()
    );
    let tone = if news || results.interrupted { Tone::Bad } else { Tone::Good };
    page.wrapped(tone, 0, 0, &text);
}
