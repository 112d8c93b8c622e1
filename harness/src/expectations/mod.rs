//! Known failures: what an expectations file says of a runtime, and what a verdict is worth in its
//! light. Reading the files' text belongs to `read`.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::protocol::Handshake;
use crate::verdict::{Judgement, Verdict};

mod pattern;
mod read;
#[cfg(test)]
mod tests;
#[cfg(feature = "cli")]
pub mod update;

pub use pattern::{Pattern, PatternError};

/// Everything that is known, over all runtimes.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    entries: Vec<Entry>,
    /// The text of the files, by name.
    files: BTreeMap<String, String>,
}

/// One known failure.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The runtime's name, as its handshake gives it.
    pub runtime: String,
    /// The versions that have it.
    pub versions: VersionReq,
    /// Where, if not everywhere: `linux-x64`, or a beginning of it.
    pub platform: Option<String>,
    /// The variants that have it, if not all; [`PLAIN`] is the runtime as it comes.
    pub variants: Vec<String>,
    /// Which cases.
    pub cases: Pattern,
    /// What they come to.
    pub verdict: Verdict,
    /// At which step, if that is to be the same too.
    pub step: Option<u32>,
    /// It depends on chance, so that a pass is no news.
    pub sometimes: bool,
    /// Why, in a sentence.
    pub reason: String,
    /// Where it is filed.
    pub link: String,
    /// Where it is written, as `file:line`.
    pub place: String,
}

/// What entries call a runtime that is no variant.
pub const PLAIN: &str = "default";

/// An entry that names no case of the suite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmatched {
    /// Its pattern.
    pub cases: String,
    /// Where it is written, as `file:line`.
    pub place: String,
}

/// A verdict held against the expectations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing is known, and nothing is wrong.
    Expected,
    /// It fails as is known.
    Known,
    /// It fails, and nobody knew.
    Unexpected,
    /// It is known to fail, and passes.
    Fixed,
    /// It is known to fail, and does so otherwise.
    Changed,
    /// It fails where specifications or engines contradict each other.
    Contested,
}

impl Status {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Known => "known",
            Self::Unexpected => "unexpected",
            Self::Fixed => "fixed",
            Self::Changed => "changed",
            Self::Contested => "contested",
        }
    }

    /// Is it something that nobody knew, so that a run is not as expected?
    pub fn is_news(self) -> bool {
        matches!(self, Self::Unexpected | Self::Fixed | Self::Changed)
    }
}

impl Expectations {
    /// All of them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The text of the files, by name.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Adds entries; those that were added first are found first.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.entries.extend(entries);
    }

    /// Those that name none of these cases, which should be all of a suite: they are left over from a
    /// case that was renamed or removed.
    pub fn unmatched<'c>(&self, cases: impl Iterator<Item = &'c str> + Clone) -> Vec<Unmatched> {
        let barren = self.entries.iter().filter(|entry| !cases.clone().any(|case| entry.cases.names(case)));
        barren
            .map(|entry| Unmatched { cases: entry.cases.as_str().to_owned(), place: entry.place.clone() })
            .collect()
    }

    /// What is known of a case in a runtime, or in a variant of it.
    pub fn find(&self, handshake: &Handshake, variant: Option<&str>, case: &str) -> Option<&Entry> {
        let variant = variant.unwrap_or(PLAIN);
        self.entries.iter().find(|entry| {
            entry.runtime == handshake.runtime.name
                && entry.cases.names(case)
                && (entry.variants.is_empty() || entry.variants.iter().any(|name| name == variant))
                && entry.platform.as_ref().is_none_or(|platform| handshake.platform.starts_with(platform))
                && covers(&entry.versions, &handshake.runtime.version)
        })
    }
}

/// Does the range hold the version? A canary or a release candidate counts as the release that it
/// leads to, and a version that is none is in `*` alone.
fn covers(versions: &VersionReq, version: &str) -> bool {
    match lenient_version(version) {
        Some(version) => versions.matches(&version),
        None => *versions == VersionReq::STAR,
    }
}

/// The release that a version is, or leads to; none if it is no version.
pub(crate) fn lenient_version(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches('v');
    if let Ok(version) = Version::parse(text) {
        return Some(Version::new(version.major, version.minor, version.patch));
    }
    let numbers: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = numbers.split('.').map(str::parse::<u64>);
    let major = parts.next()?.ok()?;
    let mut next = || parts.next().and_then(Result::ok).unwrap_or(0);
    Some(Version::new(major, next(), next()))
}

/// What a verdict is worth. `contested` says whether the case is.
pub fn status(judgement: &Judgement, known: Option<&Entry>, contested: bool) -> Status {
    let verdict = judgement.verdict;
    match known {
        Some(entry) if entry.verdict == verdict => match entry.step {
            Some(step) if judgement.step != Some(step) => Status::Changed,
            _ => Status::Known,
        },
        // Nobody can know what would have been, had the resource not been refused.
        Some(_) if verdict == Verdict::Inconclusive => Status::Expected,
        Some(entry) if verdict == Verdict::Pass && entry.sometimes => Status::Expected,
        Some(_) if verdict == Verdict::Pass => Status::Fixed,
        Some(_) => Status::Changed,
        None if verdict == Verdict::Fail && contested => Status::Contested,
        None => match verdict {
            Verdict::Pass | Verdict::Unsupported | Verdict::Inconclusive => Status::Expected,
            Verdict::Fail | Verdict::Crash | Verdict::Timeout => Status::Unexpected,
        },
    }
}
