//! Reports of shards put together: the report that one run would have given, but for its timing.

use std::collections::BTreeMap;

use super::document::{Case, Document, Report, Runtime, Timing, summary};
use crate::expectations::Unmatched;

/// Reports are not the shards of one run.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum MergeError {
    #[error("there is nothing to merge")]
    Nothing,
    #[error("{0} and {1} were made by different versions of samebytes, {2} and {3}")]
    Samebytes(String, String, String, String),
    #[error("{0} and {1} have different runtimes: {2}")]
    Runtimes(String, String, String),
    #[error("{0} and {1} are of different suites: {2} is not the same in both")]
    Document(String, String, String),
    #[error("{0} and {1} both have the case {2}")]
    Twice(String, String, String),
    #[error("{0} is a shard of {2}, and {1} of {3}")]
    Of(String, String, u32, u32),
    #[error("{0} and {1} are both shard {2}")]
    SameShard(String, String, u32),
    #[error("not every shard is here: {0} of {1} missing")]
    Missing(String, u32),
}

/// Merges shards, each with the name by which errors call it.
///
/// # Errors
///
/// [`MergeError`], if they do not fit together.
pub fn merge(shards: Vec<(String, Report)>) -> Result<Report, MergeError> {
    check_numbers(&shards)?;
    let mut shards = shards.into_iter();
    let (first_name, first) = shards.next().ok_or(MergeError::Nothing)?;
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut documents: BTreeMap<String, (String, Document)> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut unmatched: Vec<Unmatched> = Vec::new();
    let mut timing = Timing::default();
    let (mut not_run, mut interrupted) = (0, false);
    let (samebytes, runtimes, schema) = (first.samebytes.clone(), first.runtimes.clone(), first.schema);
    for (name, shard) in std::iter::once((first_name.clone(), first)).chain(shards) {
        if shard.samebytes != samebytes {
            return Err(MergeError::Samebytes(first_name, name, samebytes, shard.samebytes));
        }
        if let Some(difference) = different(&runtimes, &shard.runtimes) {
            return Err(MergeError::Runtimes(first_name, name, difference));
        }
        for (id, document) in shard.documents {
            match documents.get(&id) {
                Some((owner, other)) if *other != document => {
                    return Err(MergeError::Document(owner.clone(), name, document.file));
                }
                Some(_) => {}
                None => drop(documents.insert(id, (name.clone(), document))),
            }
        }
        for case in shard.cases {
            if let Some(owner) = owners.insert(case.id.clone(), name.clone()) {
                return Err(MergeError::Twice(owner, name, case.id));
            }
            cases.push(case);
        }
        for entry in shard.unmatched {
            if !unmatched.contains(&entry) {
                unmatched.push(entry);
            }
        }
        not_run += shard.summary.not_run;
        interrupted |= shard.summary.interrupted;
        add_timing(&mut timing, shard.timing);
    }
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Report {
        schema,
        samebytes,
        shard: None,
        runtimes,
        documents: documents.into_iter().map(|(id, (_, document))| (id, document)).collect(),
        summary: summary(&cases, not_run, interrupted),
        cases,
        unmatched,
        timing,
    })
}

/// Shards ran side by side: what took longest is what it took.
fn add_timing(timing: &mut Timing, shard: Timing) {
    timing.finished = timing.finished.max(shard.finished);
    timing.took_ms = timing.took_ms.max(shard.took_ms);
    for (runtime, runs) in shard.runs_ms {
        timing.runs_ms.entry(runtime).or_default().extend(runs);
    }
}

/// Where reports say which shard they are, that each is there once.
fn check_numbers(shards: &[(String, Report)]) -> Result<(), MergeError> {
    let numbered: Vec<_> = shards.iter().filter_map(|(name, report)| Some((name, report.shard?))).collect();
    let Some(&(first, of)) = numbered.first() else { return Ok(()) };
    let of = of.of;
    let mut seen: BTreeMap<u32, &String> = BTreeMap::new();
    for (name, shard) in &numbered {
        if shard.of != of {
            return Err(MergeError::Of(first.clone(), (*name).clone(), of, shard.of));
        }
        if let Some(other) = seen.insert(shard.number, name) {
            return Err(MergeError::SameShard(other.clone(), (*name).clone(), shard.number));
        }
    }
    // Any of those that do not say may be the one that seems to be missing.
    let missing: Vec<String> =
        (1..=of).filter(|number| !seen.contains_key(number)).map(|number| number.to_string()).collect();
    if missing.len() > shards.len() - numbered.len() {
        return Err(MergeError::Missing(missing.join(", "), of));
    }
    Ok(())
}

/// What is different between the runtimes of two reports, in words. How they were started may differ,
/// since machines do.
fn different(old: &[Runtime], new: &[Runtime]) -> Option<String> {
    let names = |runtimes: &[Runtime]| runtimes.iter().map(|r| r.name.clone()).collect::<Vec<_>>().join(", ");
    if names(old) != names(new) {
        return Some(format!("{} in one, {} in the other", names(old), names(new)));
    }
    old.iter().zip(new).find_map(|(old, new)| {
        let name = &old.name;
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        if old.available != new.available {
            return Some(format!("{name} is available in one of them"));
        }
        for (what, a, b) in [
            ("is called", &old.kind, &new.kind),
            ("has version", &old.version, &new.version),
            ("runs on", &old.platform, &new.platform),
        ] {
            if a != b {
                return Some(format!("{name} {what} {} in one, {} in the other", text(a), text(b)));
            }
        }
        if old.engine != new.engine {
            return Some(format!("{name} has different engines"));
        }
        let (a, b) = (old.features.as_ref()?, new.features.as_ref()?);
        let feature = a.keys().chain(b.keys()).find(|key| a.get(key) != b.get(key))?;
        Some(format!("{name} does not say the same about {feature}"))
    })
}
