//! Two reports against each other: what fails now and did not, what is fixed, and whatever else is not
//! as it was. What it looks like on a screen is `screen`'s business.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::document::{Case, Report, Run, Runtime};
use super::outcome;
use crate::expectations::Status;
use crate::protocol::Support;
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

mod screen;

/// What is not as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// When the earlier report was made, in seconds since 1970.
    pub since: u64,
    /// Runtimes that are new, are gone, or have another version.
    pub runtimes: Vec<RuntimeChange>,
    /// Features that a runtime has or lacks otherwise than before.
    pub features: Vec<FeatureChange>,
    /// Cases that came to something else in a runtime that both reports have, and new failures.
    pub runs: Vec<RunChange>,
    /// Cases over which runtimes diverge that did not.
    pub diverging: Vec<Divergence>,
    /// Cases over which runtimes no longer diverge.
    pub agreeing: Vec<String>,
    /// Cases that the earlier report does not have.
    pub cases_added: Vec<String>,
    /// Cases that only the earlier report has.
    pub cases_gone: Vec<String>,
    /// Cases whose document was edited.
    pub cases_edited: Vec<String>,
}

/// What became of a runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum RuntimeChange {
    Added { runtime: String },
    Gone { runtime: String },
    Lost { runtime: String, reason: String },
    Found { runtime: String },
    Version { runtime: String, old: String, new: String },
}

/// A feature that came or went. None of `lost` if it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct FeatureChange {
    pub runtime: String,
    pub feature: &'static str,
    /// Why it is not there any more.
    pub lost: Option<String>,
}

/// How a run changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It fails, and did not, or was not there; and no expectations file knows.
    NewFailure,
    /// It fails, and did not; and an expectations file knows, or it is contested.
    KnownFailure,
    /// It failed and passes.
    Fixed,
    /// It came to another verdict, to the same at another step, or to another outcome.
    Changed,
}

/// A case in a runtime that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct RunChange {
    pub kind: Kind,
    pub case: String,
    pub runtime: String,
    /// What it came to; none if it did not run.
    pub old: Option<Verdict>,
    pub new: Verdict,
    /// What is different, in words.
    pub detail: String,
    /// Where the failure is filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A divergence that is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Divergence {
    pub case: String,
    /// Nobody knew.
    pub news: bool,
}

impl Changes {
    /// Is anything worse, and not known? That is a new failure, a new divergence, a feature or a whole
    /// runtime that is not there any more.
    pub fn is_news(&self) -> bool {
        self.runs.iter().any(|run| run.kind == Kind::NewFailure)
            || self.diverging.iter().any(|divergence| divergence.news)
            || self.features.iter().any(|feature| feature.lost.is_some())
            || self.runtimes.iter().any(|change| matches!(change, RuntimeChange::Lost { .. }))
    }
}

/// Compares an earlier report with a later one.
pub fn changes(old: &Report, new: &Report) -> Changes {
    let ids = |report: &Report| -> BTreeSet<String> { report.cases.iter().map(|c| c.id.clone()).collect() };
    let (before, after) = (ids(old), ids(new));
    let cases: BTreeMap<&str, &Case> = old.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let mut changes = Changes {
        since: old.timing.finished,
        cases_added: after.difference(&before).cloned().collect(),
        cases_gone: before.difference(&after).cloned().collect(),
        ..Changes::default()
    };
    compare_runtimes(old, new, &mut changes);
    for case in &new.cases {
        let earlier = cases.get(case.id.as_str()).copied();
        changes.runs.extend(case.runs.iter().filter_map(|run| compare_run(earlier, case, run)));
        let diverges = |case: &Case| case.agreement == Agreement::Diverge;
        match earlier.map(diverges) {
            Some(true) if !diverges(case) => changes.agreeing.push(case.id.clone()),
            None | Some(false) if diverges(case) => {
                changes.diverging.push(Divergence { case: case.id.clone(), news: case.news });
            }
            _ => {}
        }
        let text = |report: &Report| report.documents.get(&case.document).map(|d| d.yaml.clone());
        if earlier.is_some() && text(old) != text(new) {
            changes.cases_edited.push(case.id.clone());
        }
    }
    changes.runs.sort_by(|a, b| (a.kind, &a.case, &a.runtime).cmp(&(b.kind, &b.case, &b.runtime)));
    changes
}

fn compare_runtimes(old: &Report, new: &Report, changes: &mut Changes) {
    let find = |report: &Report, name: &str| report.runtimes.iter().any(|runtime| runtime.name == name);
    let gone = old.runtimes.iter().filter(|runtime| !find(new, &runtime.name));
    changes.runtimes.extend(gone.map(|gone| RuntimeChange::Gone { runtime: gone.name.clone() }));
    for now in &new.runtimes {
        let runtime = now.name.clone();
        let Some(before) = old.runtimes.iter().find(|before| before.name == now.name) else {
            changes.runtimes.push(RuntimeChange::Added { runtime });
            continue;
        };
        match (before.available, now.available) {
            (true, false) => {
                let reason = now.unavailable.clone().unwrap_or_default();
                changes.runtimes.push(RuntimeChange::Lost { runtime, reason });
            }
            (false, true) => changes.runtimes.push(RuntimeChange::Found { runtime }),
            (false, false) => {}
            (true, true) => {
                let (old, new) = (identity(before), identity(now));
                if old != new {
                    changes.runtimes.push(RuntimeChange::Version { runtime, old, new });
                }
                changes.features.extend(compare_features(before, now));
            }
        }
    }
}

fn identity(runtime: &Runtime) -> String {
    let engine = runtime.engine.as_ref().map(|engine| format!(" ({} {})", engine.name, engine.version));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{} {}{}", text(&runtime.kind), text(&runtime.version), engine.unwrap_or_default())
}

fn compare_features(before: &Runtime, now: &Runtime) -> Vec<FeatureChange> {
    let (Some(old), Some(new)) = (&before.features, &now.features) else { return Vec::new() };
    let has = |support: Option<&Support>| matches!(support, Some(Support::Supported(_)));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let change =
        |lost| move |feature: &'static str| FeatureChange { runtime: now.name.clone(), feature, lost };
    keys.into_iter()
        .filter_map(|key| match (has(old.get(key)), has(new.get(key))) {
            (true, false) => {
                let reason = match new.get(key) {
                    Some(Support::Unsupported(reason)) => reason.clone(),
                    _ => "it does not say why".to_owned(),
                };
                Some(change(Some(reason))(key.name()))
            }
            (false, true) => Some(change(None)(key.name())),
            _ => None,
        })
        .collect()
}

fn is_failing(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Crash | Verdict::Timeout)
}

fn compare_run(earlier: Option<&Case>, case: &Case, run: &Run) -> Option<RunChange> {
    let before = earlier.and_then(|case| Some((case, case.run(&run.runtime)?)));
    let (old, new) = (before.map(|(_, run)| run.verdict), run.verdict);
    let quiet = matches!(run.status, Status::Known | Status::Contested);
    let is_new = is_failing(new) && !old.is_some_and(is_failing);
    let kind = match old {
        // Of what did not run before, only what nobody knew is worth a word.
        None if !is_new || quiet => return None,
        _ if is_new && quiet => Kind::KnownFailure,
        _ if is_new => Kind::NewFailure,
        Some(old) if is_failing(old) && new == Verdict::Pass => Kind::Fixed,
        _ => Kind::Changed,
    };
    let detail = match (before, kind) {
        (Some(before), Kind::Changed) => difference(before, (case, run))?,
        // What is fixed has no reason any more.
        (Some((_, before)), Kind::Fixed) => before.reason.clone().unwrap_or_default(),
        _ => run.reason.clone().unwrap_or_default(),
    };
    let link = run.known.as_ref().map(|known| known.link.clone());
    Some(RunChange { kind, case: case.id.clone(), runtime: run.runtime.clone(), old, new, detail, link })
}

/// What is different between two runs, neither of which is a new failure or fixed; none if nothing is.
fn difference(before: (&Case, &Run), after: (&Case, &Run)) -> Option<String> {
    let (old, new) = (before.1, after.1);
    let place = |run: &Run| match (run.step, run.round) {
        (Some(step), Some(round)) => format!("step {step}, round {round}"),
        (Some(step), None) => format!("step {step}"),
        (None, _) => "no step".to_owned(),
    };
    if old.verdict != new.verdict {
        return Some(new.reason.clone().unwrap_or_default());
    }
    if old.step != new.step {
        return Some(format!("decided at {}, before at {}", place(new), place(old)));
    }
    if let Some((step, was, is)) = outcome::first_change(before, after) {
        return Some(format!("step {step} {is}, before it {was}"));
    }
    let kind = |run: &Run| run.crash.as_ref().map(|crash| crash.kind);
    if kind(old) != kind(new) {
        return new.crash.as_ref().map(|crash| format!("crash: {}", crash.kind.name()));
    }
    match (old.flaky, new.flaky) {
        (false, true) => Some("flaky, which it was not".to_owned()),
        (true, false) => Some("not flaky any more".to_owned()),
        _ => None,
    }
}
