//! A few tests with a fixed number of instances: what belongs to every `samebytes run` and to
//! `cargo test`, a second or two in all. Growth is not among them: that engines keep old sizes is
//! known, and a run of its own shows it.

use crate::litmus::language;
use crate::runtime::Cancel;

use super::campaign::{Budget, Options, Task, TestRun, run_test};
use super::session::Session;
use super::settings::Settings;
use super::subject::Subject;

/// The tests, by id, and how many instances of each are run.
pub const SMOKE: [(&str, u64); 6] = [
    ("litmus/sb[order=plain,p0=wasm,p1=wasm]", 100_000),
    ("litmus/sb[order=seqcst,p0=wasm,p1=wasm]", 200_000),
    ("litmus/sb[order=seqcst,p0=js,p1=wasm]", 100_000),
    ("litmus/mp[data=plain,flag=seqcst,writer=wasm,reader=wasm]", 200_000),
    ("litmus/mp[data=plain,flag=seqcst,writer=js,reader=wasm]", 100_000),
    ("litmus/hand-over[waiter=wasm,notifier=wasm]", 1_000),
];

/// The tests of the smoke run, as the suite has them.
pub fn smoke_tasks() -> Vec<(Task, u64)> {
    let loaded = language::bundled();
    let task = |&(id, iterations): &(&str, u64)| {
        let test = loaded.tests.iter().find(|test| test.id == id)?;
        Some((Task::of(test).ok()?, iterations))
    };
    SMOKE.iter().filter_map(task).collect()
}

/// Runs one of them.
pub fn smoke_test(
    session: &mut Session,
    runtime: &str,
    task: &Task,
    iterations: u64,
    cancel: &Cancel,
) -> TestRun {
    let settings = Settings { batch: 1024, seed: 1, ..Settings::default() };
    let options = Options { budget: Budget::Iterations(iterations), settings, ..Options::default() };
    run_test(session, runtime, task, &options, cancel)
}

/// Runs all of them in a runtime.
///
/// # Errors
///
/// Why the runtime cannot be had.
pub fn smoke(subject: &Subject, tasks: &[(Task, u64)], cancel: &Cancel) -> Result<Vec<TestRun>, String> {
    let invocation = subject.invocation.as_ref().map_err(String::clone)?;
    let start = || Session::start(invocation, cancel).map_err(|error| error.to_string());
    let mut session = start()?;
    let mut runs = Vec::new();
    for (task, iterations) in tasks {
        if cancel.is_cancelled() {
            break;
        }
        if !session.is_alive() {
            session = start()?;
        }
        runs.push(smoke_test(&mut session, &subject.name, task, *iterations, cancel));
    }
    Ok(runs)
}
