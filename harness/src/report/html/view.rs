//! What the page shows of a report: every verdict as a letter, texts once, outcomes already held against
//! each other. page/data.js reads it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::case::plan::Feature;
use crate::expectations::{Status, Unmatched};
use crate::protocol::{NameAndVersion, Support};
use crate::report::changes::Changes;
use crate::report::document::{Bytes, Case, Crash, Document, Link, Report, Run, Summary};
use crate::report::outcome::{self, Difference};
use crate::report::versions::{Timeline, timelines};
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

/// The place of a text in [`View::texts`].
type Text = usize;
/// The place of a runtime in [`View::runtimes`].
type Place = usize;

/// Everything that the page knows.
#[derive(Serialize)]
pub(super) struct View<'r> {
    samebytes: &'r str,
    finished: u64,
    took_ms: u64,
    summary: &'r Summary,
    unmatched: &'r [Unmatched],
    features: Vec<&'static str>,
    runtimes: Vec<Runtime<'r>>,
    documents: &'r BTreeMap<String, Document>,
    cases: Vec<CaseView<'r>>,
    versions: Vec<Timeline>,
    changes: Option<&'r Changes>,
    texts: Vec<String>,
}

#[derive(Serialize)]
struct Runtime<'r> {
    name: &'r str,
    kind: Option<&'r str>,
    version: Option<&'r str>,
    engine: Option<&'r NameAndVersion>,
    platform: Option<&'r str>,
    command: &'r str,
    unavailable: Option<&'r str>,
    /// Why features are not there; those that are have no entry.
    lacks: BTreeMap<&'static str, &'r str>,
}

#[derive(Serialize)]
struct CaseView<'r> {
    id: &'r str,
    document: &'r str,
    title: &'r str,
    category: &'r str,
    spec: Vec<Text>,
    claims: &'r [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    contested: Option<&'r Link>,
    agreement: Agreement,
    news: bool,
    /// A letter a runtime: its verdict's first, and `.` where it did not run.
    verdicts: String,
    /// A letter a runtime: its status's first, `a` for an altered failure, `.` where it did not run.
    statuses: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flaky: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by_embedding: Vec<Place>,
    /// Number, line and text of each step.
    steps: Vec<(u32, usize, Text)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guests: Vec<(&'r str, Text)>,
    groups: Vec<Vec<Place>>,
    /// How each group ended, if not with its last step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ends: Vec<Option<String>>,
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bytes: Vec<&'r Bytes>,
    /// What there is to say of runs that are no plain passes; runtimes of which the same is to be said
    /// together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note<'r>>,
}

/// A step: number, agent, call in a callback, how it differs (0 not, 1 within what is allowed, 2 beyond
/// it), and what it did: once, or for each group.
#[derive(Serialize)]
struct Row(u32, Text, Option<u32>, u8, Vec<Option<Text>>);

#[derive(Serialize)]
struct Note<'r> {
    runtimes: Vec<Place>,
    #[serde(flatten)]
    said: Said<'r>,
}

#[derive(PartialEq, Serialize)]
struct Said<'r> {
    verdict: Verdict,
    status: Status,
    #[serde(skip_serializing_if = "is_false")]
    flaky: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<&'r Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<&'r Crash>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(value: &bool) -> bool {
    !value
}

/// What the page shows of a report.
pub(super) fn view<'r>(report: &'r Report, changes: Option<&'r Changes>) -> View<'r> {
    let mut maker = Maker {
        texts: HashMap::new(),
        list: Vec::new(),
        places: report.runtimes.iter().enumerate().map(|(at, r)| (r.name.as_str(), at)).collect(),
    };
    let cases = report.cases.iter().map(|case| maker.case(case)).collect();
    View {
        samebytes: &report.samebytes,
        finished: report.timing.finished,
        took_ms: report.timing.took_ms,
        summary: &report.summary,
        unmatched: &report.unmatched,
        features: Feature::ALL.iter().map(|feature| feature.name()).collect(),
        runtimes: report.runtimes.iter().map(runtime).collect(),
        documents: &report.documents,
        cases,
        versions: timelines(report),
        changes,
        texts: maker.list,
    }
}

fn runtime(runtime: &crate::report::document::Runtime) -> Runtime<'_> {
    let lack = |feature: &Feature| match runtime.features.as_ref()?.get(feature) {
        Some(Support::Supported(_)) => None,
        Some(Support::Unsupported(reason)) => Some((feature.name(), reason.as_str())),
        None => Some((feature.name(), "it does not say")),
    };
    Runtime {
        name: &runtime.name,
        kind: runtime.kind.as_deref(),
        version: runtime.version.as_deref(),
        engine: runtime.engine.as_ref(),
        platform: runtime.platform.as_deref(),
        command: &runtime.command,
        unavailable: runtime.unavailable.as_deref(),
        lacks: Feature::ALL.iter().filter_map(lack).collect(),
    }
}

struct Maker<'r> {
    texts: HashMap<String, Text>,
    list: Vec<String>,
    places: HashMap<&'r str, Place>,
}

impl<'r> Maker<'r> {
    fn text(&mut self, text: &str) -> Text {
        if let Some(&place) = self.texts.get(text) {
            return place;
        }
        let place = self.list.len();
        self.texts.insert(text.to_owned(), place);
        self.list.push(text.to_owned());
        place
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    fn case(&mut self, case: &'r Case) -> CaseView<'r> {
        let mut verdicts = vec!['.'; self.places.len()];
        let mut statuses = verdicts.clone();
        let runs: Vec<(Place, &Run)> =
            case.runs.iter().filter_map(|run| Some((self.place(&run.runtime)?, run))).collect();
        for &(place, run) in &runs {
            verdicts[place] = letter(run.verdict.name());
            statuses[place] = if run.status == Status::Changed { 'a' } else { letter(run.status.name()) };
        }
        let which = |filter: fn(&Run) -> bool| -> Vec<Place> {
            runs.iter().filter(|(_, run)| filter(run)).map(|(place, _)| *place).collect()
        };
        let ends: Vec<Option<String>> = case
            .groups
            .iter()
            .map(|group| group.first().and_then(|name| case.run(name)).and_then(outcome::end))
            .collect();
        CaseView {
            id: &case.id,
            document: &case.document,
            title: &case.title,
            category: &case.category,
            claims: &case.claims,
            contested: case.contested.as_ref(),
            agreement: case.agreement,
            news: case.news,
            verdicts: verdicts.into_iter().collect(),
            statuses: statuses.into_iter().collect(),
            flaky: which(|run| run.flaky),
            by_embedding: which(|run| run.by_embedding),
            spec: case.spec.iter().map(|link| self.text(link)).collect(),
            steps: case.steps.iter().map(|(n, step)| (*n, step.line, self.text(&step.text))).collect(),
            guests: case.guests.iter().map(|(name, wat)| (name.as_str(), self.text(wat))).collect(),
            groups: case
                .groups
                .iter()
                .map(|group| group.iter().filter_map(|name| self.place(name)).collect())
                .collect(),
            ends: if ends.iter().any(Option::is_some) { ends } else { Vec::new() },
            rows: outcome::rows(case).into_iter().map(|row| self.row(row)).collect(),
            bytes: case.bytes.iter().collect(),
            notes: self.notes(&runs),
        }
    }

    fn row(&mut self, row: outcome::Row) -> Row {
        let difference = match row.difference {
            Difference::None => 0,
            Difference::Allowed => 1,
            Difference::Beyond => 2,
        };
        let cells = row.cells.iter().map(|cell| cell.as_ref().map(|text| self.text(text))).collect();
        Row(row.step, self.text(&row.agent), row.invocation, difference, cells)
    }

    fn notes(&mut self, runs: &[(Place, &'r Run)]) -> Vec<Note<'r>> {
        let mut notes: Vec<Note<'r>> = Vec::new();
        for &(place, run) in runs {
            if run.verdict == Verdict::Pass && run.status == Status::Expected && !run.flaky {
                continue;
            }
            let said = Said {
                verdict: run.verdict,
                status: run.status,
                flaky: run.flaky,
                reason: run.reason.as_ref().map(|reason| self.text(reason)),
                step: run.step,
                round: run.round,
                known: run.known.as_ref(),
                crash: run.crash.as_ref(),
            };
            match notes.iter_mut().find(|note| note.said == said) {
                Some(note) => note.runtimes.push(place),
                None => notes.push(Note { runtimes: vec![place], said }),
            }
        }
        notes
    }
}

fn letter(name: &str) -> char {
    name.chars().next().unwrap_or('.')
}
