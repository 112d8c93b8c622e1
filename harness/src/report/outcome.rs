//! Outcomes of a case in a report, beside each other: step by step, what each group of runtimes that
//! agree did. What a comparison leaves out (messages, who observed) is shown and makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Case, Run};
use super::screen::shortened;
use crate::protocol::{Observation, StepResult};
use crate::verdict::agreement::{StepKey, same_result};
use crate::verdict::{Verdict, describe};

/// The longest result that is shown whole, in characters.
const LONGEST: usize = 400;

/// One step in several groups.
pub(super) struct Row {
    pub(super) step: u32,
    /// Which call, for a step in a callback.
    pub(super) invocation: Option<u32>,
    pub(super) agent: String,
    pub(super) difference: Difference,
    /// What it did in each group, none where it was not reached; one for all groups if they agree.
    pub(super) cells: Vec<Option<String>>,
}

/// How groups compare at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Not at all.
    None,
    /// Within what the specification allows.
    Allowed,
    /// Beyond it.
    Beyond,
}

/// The steps of a case in each of its groups; each group's first runtime speaks for it.
pub(super) fn rows(case: &Case) -> Vec<Row> {
    let runs: Vec<Option<&Run>> =
        case.groups.iter().map(|group| group.first().and_then(|name| case.run(name))).collect();
    let steps: Vec<BTreeMap<StepKey, &Observation>> =
        runs.iter().map(|run| run.map_or_else(BTreeMap::new, |run| by_step(case, run))).collect();
    let keys: BTreeSet<StepKey> = steps.iter().flat_map(|steps| steps.keys()).copied().collect();
    let row = |key: StepKey| {
        let found: Vec<Option<&Observation>> = steps.iter().map(|steps| steps.get(&key).copied()).collect();
        let any = found.iter().flatten().next()?;
        let same = found.iter().all(|one| one.is_some_and(|one| same_result(&one.result, &any.result)));
        let beyond = case.differing.iter().any(|place| (place.step, place.invocation) == key);
        let difference = match (same, beyond) {
            (true, _) => Difference::None,
            (false, true) => Difference::Beyond,
            (false, false) => Difference::Allowed,
        };
        let words = |one: &Observation| shortened(&describe(&one.result), LONGEST);
        let cells =
            if same { vec![Some(words(any))] } else { found.iter().map(|one| one.map(words)).collect() };
        Some(Row { step: key.0, invocation: key.1, agent: any.agent.clone(), difference, cells })
    };
    keys.into_iter().filter_map(row).collect()
}

fn by_step<'c>(case: &'c Case, run: &'c Run) -> BTreeMap<StepKey, &'c Observation> {
    case.observations(run).iter().map(|one| ((one.step, one.invocation), one)).collect()
}

/// How a run ended, if not with its last step.
pub(super) fn end(run: &Run) -> Option<String> {
    match (&run.crash, run.verdict) {
        (Some(crash), _) => Some(format!("{}: {}", Verdict::Crash.name(), crash.kind.name())),
        (None, Verdict::Timeout) => Some(Verdict::Timeout.name().to_owned()),
        _ => None,
    }
}

/// The first step at which a run did otherwise than a run of the same case in another report, in words
/// equal for results that compare as equal.
pub(super) fn first_change(old: (&Case, &Run), new: (&Case, &Run)) -> Option<(u32, String, String)> {
    let (before, after) = (by_step(old.0, old.1), by_step(new.0, new.1));
    let keys: BTreeSet<StepKey> = before.keys().chain(after.keys()).copied().collect();
    let words = |one: Option<&&Observation>| {
        let text = one.map_or_else(|| "was not reached".to_owned(), |one| comparable(&one.result));
        shortened(&text, LONGEST)
    };
    keys.into_iter().find_map(|key| match (before.get(&key), after.get(&key)) {
        (Some(a), Some(b)) if same_result(&a.result, &b.result) => None,
        (a, b) => Some((key.0, words(a), words(b))),
    })
}

/// A result in words, equal for results that compare as equal.
pub(super) fn comparable(result: &StepResult) -> String {
    match result {
        StepResult::Trap { .. } => "trapped".to_owned(),
        StepResult::Threw { error, .. } => format!("threw {error}"),
        StepResult::Skipped { .. } => "was skipped".to_owned(),
        StepResult::Returned { values } => {
            let values = values.iter().map(|seen| seen.value.clone().into()).collect();
            describe(&StepResult::Returned { values })
        }
        other => describe(other),
    }
}
