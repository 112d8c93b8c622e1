//! A divergence as a small diff of outcomes.

use similar::{ChangeTag, TextDiff};

use super::outcome::comparable;
use super::screen::{Page, Tone, shortened};
use crate::case::Case;
use crate::event::{CaseResult, CaseRun, Results};
use crate::runtime::End;
use crate::shown::escaped;
use crate::value::hex_groups;
use crate::verdict::Verdict;

/// The longest line of an outcome that is shown whole, in characters.
const LONGEST: usize = 400;

/// Adds a diff of the group of runtimes that passes, or of the first, against each other one.
pub(super) fn add_divergence(page: &mut Page, results: &Results, result: &CaseResult) {
    let run_of = |place: usize| result.runs.iter().find(|run| run.runtime == place);
    let names = |group: &[usize]| -> String {
        let names = group.iter().filter_map(|place| Some(results.runtimes.get(*place)?.name.as_str()));
        names.collect::<Vec<_>>().join(", ")
    };
    // What passes is what the others are held against, if anything does.
    let passes = |group: &[usize]| {
        let run = group.first().copied().and_then(run_of);
        run.is_some_and(|run| run.judgement.verdict == Verdict::Pass)
    };
    let groups = &result.comparison.groups;
    let reference_at = groups.iter().position(|group| passes(group)).unwrap_or(0);
    let Some(first) = groups.get(reference_at) else { return };
    let Some(reference) = first.first().copied().and_then(run_of) else { return };
    let old = outcome_lines(&result.case, reference);
    for group in groups.iter().enumerate().filter(|(at, _)| *at != reference_at).map(|(_, group)| group) {
        let Some(run) = group.first().copied().and_then(run_of) else { continue };
        let new = outcome_lines(&result.case, run);
        page.line(Tone::Bad, &format!("    - {}", names(first)));
        page.line(Tone::Good, &format!("    + {}", names(group)));
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let diff = TextDiff::from_slices(&old, &new);
        for hunk in diff.grouped_ops(1) {
            for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
                let (sign, tone) = match change.tag() {
                    ChangeTag::Delete => ("-", Tone::Bad),
                    ChangeTag::Insert => ("+", Tone::Good),
                    ChangeTag::Equal => (" ", Tone::Dim),
                };
                page.add(tone, &format!("    {sign}"));
                page.wrapped(tone, 5, 6, &shortened(change.value(), LONGEST));
            }
        }
    }
    for bytes in &result.bytes {
        page.line(
            Tone::Plain,
            &format!("    step {}: the first differing byte is at {:#x}", bytes.step.0, bytes.offset),
        );
        for (place, shown) in &bytes.sides {
            let text = format!("      {}: {:#x}: {}", names(&[*place]), bytes.shown_from, hex_groups(shown));
            page.line(Tone::Plain, &text);
        }
    }
}

/// An outcome, one line a step, without what is never compared.
fn outcome_lines(case: &Case, run: &CaseRun) -> Vec<String> {
    let mut observations: Vec<_> = run.record.observations.iter().collect();
    observations.sort_by_key(|o| (o.step, o.invocation));
    let mut lines: Vec<String> = observations
        .iter()
        .map(|observation| {
            let step = observation.step;
            let verb = case.steps.get(&step).map_or("callback", |info| info.verb.as_str());
            let call = observation.invocation.map(|n| format!(", call {}", n + 1)).unwrap_or_default();
            let what = comparable(&observation.result);
            let agent = escaped(&observation.agent);
            format!("step {step} ({agent}: {verb}{call}) {what}")
        })
        .collect();
    match &run.record.end {
        End::Done | End::Cancelled => {}
        End::TimedOut { .. } => lines.push(Verdict::Timeout.name().to_owned()),
        End::Crashed(crash) => lines.push(format!("{}: {}", Verdict::Crash.name(), crash.kind.name())),
    }
    lines
}
