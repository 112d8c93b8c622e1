//! The positive control: can this runtime on this machine show anything weak at all? Plain store
//! buffering is weak on every processor that Wasm runs on, and a run that does not show it has not
//! raced.

use std::collections::BTreeSet;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use crate::litmus::program::{Access, Agent, Condition, Host, Location, Op, Operand, Order, Test};
use crate::runtime::Cancel;

use super::campaign::{Budget, Options, Task, TestRun, run_test};
use super::session::Session;

/// How often in a million the weak outcome must appear.
const NEEDED: u64 = 1_000;
/// Instances of the control.
const ITERATIONS: u64 = 500_000;
/// How long it is tried again: a machine that is busy for a moment is not insensitive.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the control came to.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// How often the weak outcome appeared in a million.
    pub per_million: u64,
    /// Why it may have been so rare, where it was.
    pub reason: Option<String>,
    /// The run.
    pub run: TestRun,
}

impl Sensitivity {
    /// Did the weak outcome appear too rarely for any pass to mean something?
    pub fn is_insensitive(&self) -> bool {
        self.per_million < NEEDED
    }

    /// That the runtime shows too little for its passes to mean anything.
    pub fn text(&self, runtime: &str) -> String {
        let reason = self.reason.as_deref().unwrap_or("the reason is not known");
        let seen = self.per_million;
        format!(
            "INSENSITIVE: {runtime} showed the weak outcome of plain SB {seen} times a million, less than {NEEDED}; its passes mean nothing: {reason}"
        )
    }
}

/// Plain store buffering: each of two agents writes one location and reads the other.
pub fn control_test() -> Test {
    let access = |location| Access { location, offset: 0, bytes: 4, order: Order::Plain };
    let location = |name: &str| Location { name: name.to_owned(), bytes: 4, initial: 0, misaligned: 0 };
    let agent = |name: &str, mine, other, into| Agent {
        name: name.to_owned(),
        host: Host::Wasm,
        body: vec![
            Op::Store { access: access(mine), value: Operand::Constant(1) },
            Op::Load { into, access: access(other) },
        ],
    };
    Test {
        id: "control/sb".to_owned(),
        title: "Each of two agents misses what the other wrote before".to_owned(),
        spec: Vec::new(),
        locations: vec![location("x"), location("y")],
        agents: vec![agent("a", 0, 1, 0), agent("b", 1, 0, 1)],
        registers: vec!["r0".to_owned(), "r1".to_owned()],
        finals: Vec::new(),
        interest: Condition::All(vec![(0, 0), (1, 0)]),
    }
}

/// Runs the control in an executor, again where it shows too little.
pub fn control(session: &mut Session, runtime: &str, options: &Options, cancel: &Cancel) -> Sensitivity {
    let busy = busy();
    let allowed: BTreeSet<_> = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|outcome| outcome.to_vec()).into();
    let task = Task { test: control_test(), allowed, may_wait: false };
    let options =
        Options { budget: Budget::Iterations(ITERATIONS), search: false, fault: None, ..options.clone() };
    let begin = Instant::now();
    loop {
        let run = run_test(session, runtime, &task, &options, cancel);
        let (weak, _) = run.positive_and_negative();
        let per_million = weak.saturating_mul(1_000_000) / run.iterations.max(1);
        let last = begin.elapsed() > PATIENCE || run.verdict != super::Verdict::Pass || cancel.is_cancelled();
        if per_million >= NEEDED || last {
            let reason = (per_million < NEEDED).then(|| reason(&run, busy));
            return Sensitivity { per_million, reason, run };
        }
    }
}

/// How much work the machine has, where it tells, before this run adds its own.
fn busy() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn reason(run: &TestRun, busy: Option<f64>) -> String {
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    if let Some(reason) = run.verdict.reason() {
        return reason;
    }
    match busy {
        _ if cores == 1 => "only one processor is available, on which agents take turns".to_owned(),
        Some(load) if load + 2.0 > cores as f64 + 0.5 => {
            format!(
                "the machine is loaded: {load:.1} threads wanted one of {cores} processors before the run"
            )
        }
        _ => format!("there are {cores} processors, and the reason is not known"),
    }
}
