//! Results on a screen, as users of litmus7 know them.

use crate::litmus::explain;
use crate::litmus::program::{Outcome, Test};
use crate::report::{Page, Tone};

use super::campaign::{Task, TestRun, Verdict};
use super::control::Sensitivity;

/// A test in a runtime.
pub fn test_page(task: &Task, run: &TestRun, insensitive: bool) -> Page {
    let mut page = Page::new();
    let test = &task.test;
    let interest_allowed = task.allowed.iter().any(|outcome| test.interest.holds(outcome));
    let kind = if interest_allowed { "Allowed" } else { "Forbidden" };
    page.add(Tone::Bold, &format!("Test {} {kind}", test.id)).line(Tone::Dim, &format!("  {}", run.runtime));
    let (positive, negative) = run.positive_and_negative();
    if !run.rows.is_empty() {
        let states = if run.rows.len() == 1 { "state" } else { "states" };
        page.line(Tone::Plain, &format!("Histogram ({} {states})", run.rows.len()));
        let width = run.rows.iter().map(|row| row.count.to_string().len()).max().unwrap_or(0);
        for row in &run.rows {
            let mark = if row.interesting { "*>" } else { ":>" };
            let text = format!("{:<width$} {mark}{}", row.count, outcome_text(test, &row.outcome));
            if row.allowed {
                page.line(Tone::Plain, &format!("{text}  allowed"));
            } else {
                page.line(Tone::Bad, &format!("{text}  FORBIDDEN"));
            }
        }
        // As in litmus7: an allowed outcome of interest is asked for, a forbidden one must not be.
        let ok = (positive > 0) == interest_allowed;
        page.line(Tone::Plain, if ok { "Ok" } else { "No" });
        page.line(Tone::Plain, &format!("Positive: {positive}, Negative: {negative}"));
        let condition = explain::condition(test, &test.interest);
        let exists = if interest_allowed { "exists" } else { "~exists" };
        let is = if ok { "is validated" } else { "is not validated" };
        page.line(Tone::Plain, &format!("Condition {exists} ({condition}) {is}"));
        let observation = match (positive, negative) {
            (0, _) => "Never",
            (_, 0) => "Always",
            _ => "Sometimes",
        };
        page.line(Tone::Plain, &format!("Observation {} {observation} {positive} {negative}", test.id));
        let (seconds, rate) = (run.took.as_secs_f64(), run.rate());
        page.line(Tone::Plain, &format!("Time {seconds:.2} s, {rate:.2} million/s; {}", run.settings.text()));
    }
    for outcome in run.unseen.iter().take(8).filter(|_| !run.rows.is_empty()) {
        page.line(Tone::Dim, &format!("allowed, not seen: {}", outcome_text(test, outcome)));
    }
    if run.unseen.len() > 8 && !run.rows.is_empty() {
        page.line(Tone::Dim, &format!("and {} more", run.unseen.len() - 8));
    }
    if run.refused > 0 {
        page.line(
            Tone::Notice,
            &format!("growth was refused in {} instances, which do not count", run.refused),
        );
    }
    if run.uncounted > 0 {
        page.line(Tone::Notice, &format!("{} instances had too many different outcomes", run.uncounted));
    }
    for note in &run.notes {
        page.line(Tone::Dim, &format!("note: {note}"));
    }
    let (tone, name) = verdict_text(run, insensitive);
    let reason = run.verdict.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
    page.line(tone, &format!("Verdict {name}{reason}"));
    if let Some(known) = &run.known {
        page.line(Tone::Plain, &format!("Known: {}", known.reason)).line(Tone::Plain, &known.link);
    }
    page.end();
    page
}

/// A verdict, which no pass is where the runtime has shown nothing weak.
fn verdict_text(run: &TestRun, insensitive: bool) -> (Tone, &'static str) {
    match &run.verdict {
        _ if run.known.is_some() => (Tone::Notice, "known"),
        Verdict::Pass if insensitive => (Tone::Notice, "insensitive"),
        Verdict::Pass => (Tone::Good, "pass"),
        other if other.is_failure() => (Tone::Bad, other.name()),
        other => (Tone::Notice, other.name()),
    }
}

/// What stands at the end: per runtime how many tests came to what.
pub fn summary(runs: &[TestRun], controls: &[(String, Sensitivity)]) -> Page {
    let mut page = Page::new();
    let mut runtimes: Vec<&str> = Vec::new();
    for run in runs {
        if !runtimes.contains(&run.runtime.as_str()) {
            runtimes.push(&run.runtime);
        }
    }
    let width = runtimes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for runtime in runtimes {
        let control = controls.iter().find(|(name, _)| name == runtime).map(|(_, control)| control);
        let insensitive = control.is_some_and(Sensitivity::is_insensitive);
        let of_runtime = || runs.iter().filter(|run| run.runtime == runtime);
        let mut parts: Vec<String> = Vec::new();
        for run in of_runtime() {
            let (_, name) = verdict_text(run, insensitive);
            if !parts.iter().any(|part| part.ends_with(&format!(" {name}"))) {
                let same = |run: &&TestRun| verdict_text(run, insensitive).1 == name;
                parts.push(format!("{} {name}", of_runtime().filter(same).count()));
            }
        }
        let bad = of_runtime().any(TestRun::is_news);
        let tone = match (bad, insensitive) {
            (true, _) => Tone::Bad,
            (false, true) => Tone::Notice,
            (false, false) => Tone::Good,
        };
        let iterations: u64 = of_runtime().map(|run| run.iterations).sum();
        let seconds: f64 = of_runtime().map(|run| run.took.as_secs_f64()).sum();
        let rate = if seconds > 0.0 { iterations as f64 / seconds / 1e6 } else { 0.0 };
        page.add(tone, &format!("{runtime:<width$}  {}", parts.join(", ")))
            .line(Tone::Dim, &format!("  {iterations} instances, {rate:.1} million/s"));
    }
    for (runtime, control) in controls.iter().filter(|(_, control)| control.is_insensitive()) {
        page.line(Tone::Notice, &control.text(runtime));
    }
    page
}

/// `r0=0; r1=1; x=2;`, as litmus7 writes it.
pub(super) fn outcome_text(test: &Test, outcome: &Outcome) -> String {
    explain::values(test, outcome).split(' ').map(|part| format!("{part};")).collect::<Vec<_>>().join(" ")
}
