//! What expectations files should say after a run: which entries to remove, to narrow, to correct, and
//! which failures nobody knew. It proposes; whoever reads it decides, and says where a new failure is
//! filed.
//!
//! Files are edited by their lines, so that everything else in them stays as it is written.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::Status;
use crate::event::Results;
use crate::verdict::Verdict;

/// One run, as far as expectations are concerned.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the runtime calls itself.
    pub kind: String,
    /// Its version.
    pub version: String,
    /// Its variant, if it is one.
    pub variant: Option<String>,
    /// The case.
    pub case: String,
    /// What it came to.
    pub verdict: Verdict,
    /// At which step.
    pub step: Option<u32>,
    /// Why, unless it is a pass.
    pub reason: Option<String>,
    /// What that is worth.
    pub status: Status,
    /// Where the entry that knows it is written.
    pub entry: Option<String>,
}

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The new text of each file that changes, by name.
    pub files: BTreeMap<String, String>,
    /// What cannot be said by an edit.
    pub notes: Vec<String>,
}

/// An item of a file's list: its lines, with the comments before it.
struct Block {
    /// The first line's number, from 1.
    begin: usize,
    lines: Vec<String>,
    removed: bool,
}

/// What the runs of a report come to, as far as expectations are concerned.
pub fn outcomes(results: &Results) -> Vec<Outcome> {
    let runs = results.cases.iter().flat_map(|result| result.runs.iter().map(move |run| (result, run)));
    runs.filter_map(|(result, run)| {
        let handshake = results.runtimes.get(run.runtime)?.handshake()?;
        Some(Outcome {
            kind: handshake.runtime.name.clone(),
            version: handshake.runtime.version.clone(),
            variant: results.runtimes[run.runtime].variant.clone(),
            case: result.case.id.clone(),
            verdict: run.judgement.verdict,
            step: run.judgement.step,
            reason: run.judgement.reason.clone(),
            status: run.status,
            entry: run.known.as_ref().map(|known| known.place.clone()),
        })
    })
    .collect()
}

/// Proposes edits. `files` gives the expectations files by the names that entries' places have.
pub fn propose(files: &BTreeMap<String, String>, outcomes: &[Outcome]) -> Proposal {
    let mut proposal = Proposal::default();
    let mut blocks: BTreeMap<&str, Vec<Block>> =
        files.iter().map(|(name, text)| (name.as_str(), split(text))).collect();
    let mut by_entry: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(entry) = &outcome.entry {
            by_entry.entry(entry).or_default().push(outcome);
        }
    }
    for (place, outcomes) in by_entry {
        let Some(block) = find(&mut blocks, place) else { continue };
        correct(place, block, &outcomes, &mut proposal.notes);
    }
    let mut added = additions(outcomes);
    for (name, text) in files {
        let kind = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".yaml");
        let mut new: String = blocks[name.as_str()]
            .iter()
            .filter(|block| !block.removed)
            .flat_map(|block| &block.lines)
            .map(|line| format!("{line}\n"))
            .collect();
        new.push_str(&added.remove(kind).unwrap_or_default());
        if new != *text {
            proposal.files.insert(name.clone(), new);
        }
    }
    for (kind, text) in added {
        proposal.files.insert(format!("cases/expectations/{kind}.yaml"), text);
    }
    proposal
}

fn split(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut comments: Vec<String> = Vec::new();
    let mut begin = 1;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('-') || blocks.is_empty() && !line.starts_with('#') {
            // The comment at the head of a file is nobody's.
            if blocks.is_empty() && !comments.is_empty() {
                blocks.push(Block { begin: 1, lines: std::mem::take(&mut comments), removed: false });
                begin = index + 1;
            }
            let lines = comments.drain(..).chain([line.to_owned()]).collect();
            blocks.push(Block { begin, lines, removed: false });
            begin = index + 2;
        } else if line.starts_with('#') || blocks.is_empty() {
            if comments.is_empty() {
                begin = index + 1;
            }
            comments.push(line.to_owned());
        } else if let Some(block) = blocks.last_mut() {
            block.lines.append(&mut comments);
            block.lines.push(line.to_owned());
            begin = index + 2;
        }
    }
    if !comments.is_empty() {
        blocks.push(Block { begin, lines: comments, removed: false });
    }
    blocks
}

fn find<'b>(blocks: &'b mut BTreeMap<&str, Vec<Block>>, place: &str) -> Option<&'b mut Block> {
    let (file, line) = place.rsplit_once(':')?;
    let line: usize = line.parse().ok()?;
    blocks.get_mut(file)?.iter_mut().rev().find(|block| block.begin <= line)
}

/// Makes an entry say what its runs came to.
fn correct(place: &str, block: &mut Block, outcomes: &[&Outcome], notes: &mut Vec<String>) {
    let of = |status: Status| outcomes.iter().filter(move |o| o.status == status).copied();
    let (fixed, still): (Vec<_>, Vec<_>) = (of(Status::Fixed).collect(), of(Status::Known).collect());
    let changed: Vec<&Outcome> = of(Status::Changed).collect();
    if !fixed.is_empty() && still.is_empty() && changed.is_empty() {
        block.removed = true;
        return;
    }
    if !fixed.is_empty() {
        match narrowed(block, &fixed, &still) {
            Some(versions) => set(block, "versions", &versions),
            None => notes.push(format!(
                "{place}: it passes in {} and fails elsewhere; one entry cannot say that",
                list(fixed.iter().map(|o| format!("{} {}: {}", o.kind, label(o), o.case)))
            )),
        }
    }
    let results: BTreeSet<(Verdict, Option<u32>)> = changed.iter().map(|o| (o.verdict, o.step)).collect();
    match (results.iter().next(), results.len(), still.is_empty()) {
        (None, ..) => {}
        (Some((verdict, step)), 1, true) => {
            set(block, "verdict", verdict.name());
            if let Some(step) = step
                && block.lines.iter().any(|line| key_of(line) == Some("step"))
            {
                set(block, "step", &step.to_string());
            }
        }
        _ => notes.push(format!(
            "{place}: it fails otherwise in {}",
            list(changed.iter().map(|o| format!("{} {} ({})", label(o), o.case, o.verdict)))
        )),
    }
}

fn label(outcome: &Outcome) -> String {
    let variant = outcome.variant.as_ref().map(|variant| format!("+{variant}")).unwrap_or_default();
    format!("{}{variant}", outcome.version)
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: BTreeSet<String> = items.collect();
    items.into_iter().collect::<Vec<_>>().join(", ")
}

/// The entry's range without the versions that pass, where those are all above or all below the
/// others.
fn narrowed(block: &Block, fixed: &[&Outcome], still: &[&Outcome]) -> Option<String> {
    let versions = |outcomes: &[&Outcome]| -> Option<BTreeSet<Version>> {
        outcomes.iter().map(|outcome| Version::parse(&outcome.version).ok()).collect()
    };
    let (fixed, still) = (versions(fixed)?, versions(still)?);
    let range = block.lines.iter().find(|line| key_of(line) == Some("versions"))?;
    let range = range.split_once(':')?.1.trim().trim_matches(['"', '\'']).to_owned();
    let range = if range == "*" { String::new() } else { format!("{range}, ") };
    if fixed.first()? > still.last()? {
        Some(format!("\"{range}<{}\"", fixed.first()?))
    } else if fixed.last()? < still.first()? {
        Some(format!("\"{range}>={}\"", still.first()?))
    } else {
        None
    }
}

fn key_of(line: &str) -> Option<&str> {
    Some(line.trim_start_matches(['-', ' ']).split_once(':')?.0)
}

fn set(block: &mut Block, key: &str, value: &str) {
    for line in &mut block.lines {
        if key_of(line) == Some(key) {
            let indent = line.len() - line.trim_start_matches(['-', ' ']).len();
            *line = format!("{}{key}: {value}", &line[..indent]);
        }
    }
}

/// Entries for what nobody knew, by runtime: one for each case and what it comes to, over the
/// versions and variants that have it.
fn additions(outcomes: &[Outcome]) -> BTreeMap<String, String> {
    type Failure<'o> = (&'o str, &'o str, Verdict, Option<u32>);
    let mut failures: BTreeMap<Failure<'_>, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.status == Status::Unexpected) {
        let key = (outcome.kind.as_str(), outcome.case.as_str(), outcome.verdict, outcome.step);
        failures.entry(key).or_default().push(outcome);
    }
    let mut added: BTreeMap<String, String> = BTreeMap::new();
    for ((kind, case, verdict, step), outcomes) in failures {
        let versions: BTreeSet<Version> =
            outcomes.iter().filter_map(|outcome| Version::parse(&outcome.version).ok()).collect();
        let range = match (versions.first(), versions.last()) {
            (Some(first), Some(last)) if first == last => format!("={first}"),
            (Some(first), Some(last)) => format!(">={first}, <={last}"),
            _ => "*".to_owned(),
        };
        let text = added.entry(kind.to_owned()).or_default();
        text.push_str(&format!("- versions: {}\n", quoted(&range)));
        let variants: BTreeSet<&str> =
            outcomes.iter().map(|outcome| outcome.variant.as_deref().unwrap_or(super::PLAIN)).collect();
        if variants != BTreeSet::from([super::PLAIN]) {
            let variants: Vec<String> = variants.into_iter().map(quoted).collect();
            text.push_str(&format!("  variants: [{}]\n", variants.join(", ")));
        }
        text.push_str(&format!("  cases: {}\n  verdict: {verdict}\n", quoted(case)));
        if let Some(step) = step {
            text.push_str(&format!("  step: {step}\n"));
        }
        let reason = outcomes.iter().find_map(|outcome| outcome.reason.as_deref()).unwrap_or_default();
        // Without a link the file is refused: somebody has to file it, or to write a finding.
        text.push_str(&format!("  reason: {}\n  link:\n", quoted(reason)));
    }
    added
}

/// A text as YAML has it on one line; JSON's strings are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
