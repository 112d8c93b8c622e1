//! A runtime's versions in a row: since when a case is broken, and until when. Reads a report that has
//! several versions of one runtime.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;

use super::document::{Case, Report, Runtime};
use crate::expectations::lenient_version;
use crate::verdict::Verdict;

/// The cases that change in the same way over the versions of one runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Timeline {
    /// What the runtime calls itself.
    pub(super) kind: String,
    /// The versions, the oldest first, each with what the cases come to there.
    pub(super) versions: Vec<(String, State)>,
    /// What happens, in words.
    pub(super) words: String,
    /// The ids of the cases.
    pub(super) cases: Vec<String>,
}

/// What a case comes to in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Several runtimes have this version, and do not come to the same.
    Mixed,
    /// It fails where specifications or engines contradict each other.
    Contested,
    /// It did not run there.
    Missing,
    #[serde(untagged)]
    Is(Verdict),
}

/// The runtimes of each version, in order; what is no version comes first.
type Versions<'r> = BTreeMap<(Option<Version>, &'r str), Vec<&'r Runtime>>;

/// What changes over versions, most cases first within a runtime.
pub(super) fn timelines(report: &Report) -> Vec<Timeline> {
    let mut kinds: BTreeMap<&str, Versions<'_>> = BTreeMap::new();
    for runtime in &report.runtimes {
        if let (Some(kind), Some(version)) = (&runtime.kind, &runtime.version) {
            let key = (lenient_version(version), version.as_str());
            kinds.entry(kind).or_default().entry(key).or_default().push(runtime);
        }
    }
    let mut found = Vec::new();
    for (kind, versions) in kinds.into_iter().filter(|(_, versions)| versions.len() > 1) {
        let mut alike: BTreeMap<Vec<State>, Vec<String>> = BTreeMap::new();
        for case in &report.cases {
            let states: Vec<State> = versions.values().map(|runtimes| state(case, runtimes)).collect();
            let mut seen = states.iter().filter(|state| **state != State::Missing);
            let first = seen.next();
            if seen.any(|state| Some(state) != first) {
                alike.entry(states).or_default().push(case.id.clone());
            }
        }
        let names: Vec<String> = versions.keys().map(|(_, name)| (*name).to_owned()).collect();
        let mut timelines: Vec<Timeline> = alike
            .into_iter()
            .map(|(states, cases)| {
                let versions: Vec<(String, State)> = names.iter().cloned().zip(states).collect();
                Timeline { kind: kind.to_owned(), words: words(&versions), versions, cases }
            })
            .collect();
        timelines.sort_by_key(|timeline| (!timeline.is_broken(), std::cmp::Reverse(timeline.cases.len())));
        found.extend(timelines);
    }
    found
}

impl Timeline {
    /// Does it fail anywhere, rather than being without support?
    fn is_broken(&self) -> bool {
        self.versions.iter().any(|(_, state)| {
            matches!(state, State::Mixed | State::Is(Verdict::Fail | Verdict::Crash | Verdict::Timeout))
        })
    }
}

fn state(case: &Case, runtimes: &[&Runtime]) -> State {
    let mut verdicts = runtimes.iter().filter_map(|runtime| Some(case.run(&runtime.name)?.verdict));
    match verdicts.next() {
        None => State::Missing,
        Some(Verdict::Fail) if case.contested.is_some() => State::Contested,
        Some(first) if verdicts.all(|verdict| verdict == first) => State::Is(first),
        Some(_) => State::Mixed,
    }
}

/// The stretches that are no passes: `broken from 1.2.23 to 1.3.5`.
fn words(versions: &[(String, State)]) -> String {
    let known: Vec<&(String, State)> =
        versions.iter().filter(|(_, state)| *state != State::Missing).collect();
    let stretches: Vec<&[&(String, State)]> = known.chunk_by(|a, b| a.1 == b.1).collect();
    let last = stretches.len().saturating_sub(1);
    let parts = stretches.iter().enumerate().filter_map(|(at, stretch)| {
        let word = match stretch[0].1 {
            State::Is(Verdict::Pass) | State::Missing => return None,
            State::Is(Verdict::Fail) => "broken",
            State::Is(Verdict::Crash) => "crashes",
            State::Is(Verdict::Timeout) => "times out",
            State::Is(other) => other.name(),
            State::Contested => "contested",
            State::Mixed => "depends on the variant",
        };
        let (from, to) = (&stretch[0].0, &stretch[stretch.len() - 1].0);
        Some(match (at == 0, at == last) {
            (true, true) => word.to_owned(),
            (true, false) => format!("{word} up to {to}"),
            (false, true) => format!("{word} from {from} on"),
            (false, false) if from == to => format!("{word} in {from}"),
            (false, false) => format!("{word} from {from} to {to}"),
        })
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let versions: Vec<(String, State)> = text
            .chars()
            .enumerate()
            .map(|(at, sign)| {
                let state = match sign {
                    'p' => State::Is(Verdict::Pass),
                    'f' => State::Is(Verdict::Fail),
                    'c' => State::Is(Verdict::Crash),
                    'u' => State::Is(Verdict::Unsupported),
                    'm' => State::Mixed,
                    _ => State::Missing,
                };
                (format!("1.{at}"), state)
            })
            .collect();
        words(&versions)
    }

    #[test]
    fn what_changes_is_said_in_words() {
        assert_eq!(said("pffp"), "broken from 1.1 to 1.2");
        assert_eq!(said("pfp"), "broken in 1.1");
        assert_eq!(said("ffp"), "broken up to 1.1");
        assert_eq!(said("ppf"), "broken from 1.2 on");
        assert_eq!(said("uufp"), "unsupported up to 1.1, broken in 1.2");
        assert_eq!(said("pfpc"), "broken in 1.1, crashes from 1.3 on");
        assert_eq!(said("pmp"), "depends on the variant in 1.1");
    }

    #[test]
    fn a_version_in_which_a_case_did_not_run_changes_nothing() {
        assert_eq!(said("pf.fp"), "broken from 1.1 to 1.3");
    }
}
