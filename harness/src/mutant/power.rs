//! Mutants against cases: which case kills which mutant. Each mutant runs in a process of its own,
//! like any runtime, so that one that crashes or hangs costs one case.
//!
//! What a kill is worth is written in the folder's head; how the figures look on a screen is the
//! command line's affair.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use serde::Serialize;

use super::{Kind, Mutant, mutate_guests, reach};
use crate::case::Case;
use crate::case::plan::{NOTIFY_DEADLINE_MS, Op, Step};
use crate::protocol::{Observation, StepResult};
use crate::runtime::select::{Choice, Launch, StartError, WASMTIME};
use crate::runtime::{Cancel, End, Limits, Record, Runtime, Spawned, Unavailable, runner_entry, unmet_need};
use crate::verdict::{Judgement, Verdict, judge};

/// How to run mutants.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long one case may take at most. One that is quick without a mutant gets less.
    pub timeout: Duration,
    /// How many mutants may run at once.
    pub jobs: NonZeroUsize,
    /// The JavaScript runtime that host mutants are made of; it must know `--import`.
    pub host: Choice,
    /// After so many crashes and time-outs, a mutant meets no more cases.
    pub patience: usize,
}

/// What one case said of one mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Mutated {
    /// The case's id.
    pub case: String,
    /// The verdict of the mutant.
    pub verdict: Verdict,
    /// The step that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One mutant and what the cases said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The mutant.
    #[serde(flatten)]
    pub mutant: Mutant,
    /// How many cases met it: those that pass without it, and whose guests it changes or whose
    /// steps it concerns.
    pub tried: usize,
    /// The cases that failed because of it, through an expectation. Some may have hung or crashed
    /// after that, as their verdicts say.
    pub kills: Vec<Mutated>,
    /// The cases that failed because a step could not be tried, after one of which nothing was
    /// demanded had failed. They are no kills.
    pub indirect: Vec<Mutated>,
    /// The cases in which the mutant crashed or hung before any expectation had failed.
    pub broken: Vec<Mutated>,
    /// How many cases were left out because too many had crashed or hung.
    pub left_out: usize,
    /// Why it could not be run at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
}

/// What becomes of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A case failed because of it.
    Killed,
    /// Cases met it, and none noticed.
    Survives,
    /// No expectation failed, but it made cases crash or hang.
    Breaks,
    /// No case met it, or it could not be run.
    Unmet,
}

impl Row {
    /// What became of it.
    pub fn fate(&self) -> Fate {
        match () {
            () if !self.kills.is_empty() => Fate::Killed,
            () if !self.broken.is_empty() => Fate::Breaks,
            () if self.tried > 0 => Fate::Survives,
            () => Fate::Unmet,
        }
    }
}

/// Mutants against cases.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// The categories, sorted.
    pub categories: Vec<String>,
    /// The mutants.
    pub rows: Vec<Row>,
    /// How many cases, contested ones apart, pass without a mutant in wasmtime or the host.
    pub cases: usize,
    /// Those of them that killed none.
    pub idle: Vec<String>,
    /// Cases that pass nowhere without a mutant, so that none could be tried on them.
    pub untried: Vec<String>,
    /// Passes in wasmtime without a mutant.
    pub passes: usize,
    /// Those of them that this project's embedding alone decided.
    pub passes_by_embedding: usize,
    /// The runtime that host mutants are made of, and its version.
    pub host: String,
    /// Passes in it without a mutant.
    pub host_passes: usize,
}

impl Matrix {
    /// How many cases of a category killed a mutant.
    pub fn kills_of(&self, row: &Row, category: &str) -> usize {
        let inside = |id: &str| id.split('/').next() == Some(category);
        row.kills.iter().filter(|kill| inside(&kill.case)).count()
    }
}

/// What stops all of it.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    /// wasmtime's executor cannot be started.
    #[error("wasmtime cannot be started: {0}")]
    Wasmtime(StartError),
    /// Interrupted.
    #[error("interrupted")]
    Cancelled,
}

/// Runs every mutant of the list over the cases.
///
/// `done` is told of each mutant when it is done, in whatever order.
///
/// # Errors
/// If wasmtime cannot be run, or if it was cancelled.
pub fn power(
    cases: &[Arc<Case>],
    mutants: &[Mutant],
    options: &Options,
    cancel: &Cancel,
    done: &(dyn Fn(&Row) + Sync),
) -> Result<Matrix, PowerError> {
    let own = Choice { name: WASMTIME.to_owned(), launch: Launch::Wasmtime, variant: None, required: true };
    let mut wasmtime = own.start(Limits::default(), cancel).map_err(PowerError::Wasmtime)?;
    let engine = baseline(&mut wasmtime, cases, options, cancel);
    drop(wasmtime);
    let mut name = options.host.name.clone();
    let host = match options.host.start(Limits::default(), cancel) {
        Ok(mut host) => {
            let runtime = &host.handshake().runtime;
            name = format!("{} {}", runtime.name, runtime.version);
            baseline(&mut host, cases, options, cancel)
        }
        Err(_) => BTreeMap::new(),
    };
    let rows: Mutex<BTreeMap<usize, Row>> = Mutex::default();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..options.jobs.get() {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if cancel.is_cancelled() {
                        return;
                    }
                    let before = if mutant.kind == Kind::HostJs { &host } else { &engine };
                    let row = row(mutant, cases, before, options, cancel);
                    done(&row);
                    let place = mutants.iter().position(|other| other == mutant).unwrap_or_default();
                    rows.lock().unwrap_or_else(PoisonError::into_inner).insert(place, row);
                }
            });
        }
    });
    if cancel.is_cancelled() {
        return Err(PowerError::Cancelled);
    }
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect();
    Ok(Matrix { host: name, ..matrix(cases, rows, &engine, &host) })
}

/// A case without a mutant.
struct Before {
    judgement: Judgement,
    took: Duration,
}

/// Cases without a mutant, by id.
type Baseline = BTreeMap<String, Before>;

fn passes<'a>(baseline: &'a Baseline, id: &str) -> Option<&'a Before> {
    baseline.get(id).filter(|before| before.judgement.verdict == Verdict::Pass)
}

/// How long a case may take with a mutant: enough for an executor that others slow down, for the
/// time-outs of a case whose agents wait for one another, and for every `notify` that asks again
/// and again in vain. Too little can only lose kills.
pub(super) fn patience(case: &Case, took: Duration, most: Duration) -> Duration {
    let steps = &case.plan.steps;
    let asks_again = |step: &&Step| matches!(step.op, Op::Notify { until: Some(_), .. });
    let notifies = u32::try_from(steps.iter().filter(asks_again).count()).unwrap_or(u32::MAX);
    let usual = Duration::from_secs(if steps.iter().any(|step| step.start.is_some()) { 4 } else { 1 });
    (usual + 20 * took + notifies * Duration::from_millis(NOTIFY_DEADLINE_MS)).min(most)
}

fn matrix(cases: &[Arc<Case>], rows: Vec<Row>, engine: &Baseline, host: &Baseline) -> Matrix {
    let killers: BTreeSet<&str> =
        rows.iter().flat_map(|row| &row.kills).map(|kill| kill.case.as_str()).collect();
    let (mut tried, mut idle, mut untried) = (0, Vec::new(), Vec::new());
    for case in cases.iter().filter(|case| case.contested.is_none()) {
        if passes(engine, &case.id).or(passes(host, &case.id)).is_none() {
            untried.push(case.id.clone());
            continue;
        }
        tried += 1;
        if !killers.contains(case.id.as_str()) {
            idle.push(case.id.clone());
        }
    }
    let passed = |baseline: &Baseline| {
        baseline.values().filter(|before| before.judgement.verdict == Verdict::Pass).count()
    };
    let categories: BTreeSet<&String> = cases.iter().map(|case| &case.category).collect();
    Matrix {
        categories: categories.into_iter().cloned().collect(),
        cases: tried,
        idle,
        untried,
        passes: passed(engine),
        passes_by_embedding: engine.values().filter(|before| before.judgement.by_embedding).count(),
        host: String::new(),
        host_passes: passed(host),
        rows,
    }
}

fn baseline(runtime: &mut dyn Runtime, cases: &[Arc<Case>], options: &Options, cancel: &Cancel) -> Baseline {
    let mut baseline = Baseline::new();
    for case in cases {
        if unmet_need(&case.plan, runtime.handshake()).is_some() {
            continue;
        }
        let started = Instant::now();
        let record = runtime.run(&case.plan, options.timeout, cancel);
        if record.end == End::Cancelled {
            break;
        }
        let took = started.elapsed();
        baseline.insert(case.id.clone(), Before { judgement: judge(case, &record), took });
    }
    baseline
}

fn row(mutant: &Mutant, cases: &[Arc<Case>], before: &Baseline, options: &Options, cancel: &Cancel) -> Row {
    let mut row = Row {
        mutant: mutant.clone(),
        tried: 0,
        kills: Vec::new(),
        indirect: Vec::new(),
        broken: Vec::new(),
        left_out: 0,
        unavailable: None,
    };
    let mut runtime: Option<Spawned> = None;
    let mut costly = 0;
    for case in cases.iter().filter(|case| case.contested.is_none()) {
        let Some(before) = passes(before, &case.id) else { continue };
        let plan = match mutant.kind {
            Kind::Guest => match mutate_guests(&mutant.name, &case.plan) {
                Some(plan) => plan,
                None => continue,
            },
            Kind::HostJs if !reach::reaches(&mutant.name, &case.plan) => continue,
            Kind::HostJs | Kind::Engine => case.plan.clone(),
        };
        if costly >= options.patience {
            row.left_out += 1;
            continue;
        }
        let runtime = match &mut runtime {
            Some(runtime) => runtime,
            none => match start(mutant, options, cancel) {
                Ok(started) => none.insert(started),
                Err(error) => {
                    row.unavailable = Some(error.to_string());
                    return row;
                }
            },
        };
        let record = runtime.run(&plan, patience(case, before.took, options.timeout), cancel);
        if record.end == End::Cancelled {
            return row;
        }
        row.tried += 1;
        let Judgement { verdict, step, reason, .. } = judge(case, &record);
        let mutated = Mutated { case: case.id.clone(), verdict, step, reason };
        costly += usize::from(matches!(verdict, Verdict::Crash | Verdict::Timeout));
        match verdict {
            Verdict::Fail if skipped(&record, step) => row.indirect.push(mutated),
            Verdict::Fail => row.kills.push(mutated),
            Verdict::Crash | Verdict::Timeout if failed_before(case, &record) => row.kills.push(mutated),
            Verdict::Crash | Verdict::Timeout => row.broken.push(mutated),
            _ => {}
        }
    }
    row
}

/// Had an expectation failed before the mutant crashed or hung?
fn failed_before(case: &Case, record: &Record) -> bool {
    let ended = Record { observations: record.observations.clone(), end: End::Done };
    let judgement = judge(case, &ended);
    let seen = record.observations.iter().any(|observation| Some(observation.step) == judgement.step);
    judgement.verdict == Verdict::Fail && seen && !skipped(record, judgement.step)
}

/// Could this step not be tried?
fn skipped(record: &Record, step: Option<u32>) -> bool {
    let of_step = |observation: &&Observation| Some(observation.step) == step;
    record
        .observations
        .iter()
        .filter(of_step)
        .any(|observation| matches!(observation.result, StepResult::Skipped { .. }))
}

fn start(mutant: &Mutant, options: &Options, cancel: &Cancel) -> Result<Spawned, StartError> {
    let own = |more: &[&str]| -> Result<Vec<String>, StartError> {
        let program = env::current_exe().map_err(StartError::Own)?.display().to_string();
        let words = ["executor", WASMTIME].iter().chain(more).map(|&word| word.to_owned());
        Ok([program].into_iter().chain(words).collect())
    };
    let argv = match mutant.kind {
        Kind::Guest => own(&[])?,
        Kind::Engine => own(&["--mutant", &mutant.name])?,
        Kind::HostJs => host_argv(&mutant.name, &options.host)?,
    };
    // A fault may make the probes slow, and others may be at work on the machine.
    let limits = Limits { handshake: Duration::from_secs(60), ..Limits::default() };
    Ok(Spawned::start(argv, limits, cancel)?)
}

/// The command that starts a JavaScript runtime with a mutant of its host side.
pub(super) fn host_argv(name: &str, host: &Choice) -> Result<Vec<String>, StartError> {
    let Launch::Runner(words) = &host.launch else {
        let program = host.name.clone();
        let source = io::ErrorKind::NotFound.into();
        return Err(StartError::Unavailable(Unavailable::Spawn { program, source }));
    };
    let entry = runner_entry()?;
    let preload = entry.with_file_name("mutants").join("preload.mjs");
    let preload = format!("file://{}?{name}", preload.display());
    let rest = ["--import".to_owned(), preload, entry.display().to_string()];
    Ok(words.iter().cloned().chain(rest).collect())
}
