//! How fast litmus tests race, as ratios of things measured in one run, and how long it takes until
//! faults are noticed.
//!
//! `cargo bench --bench litmus [-- FILTER]` prints:
//!
//! - for plain SB and MP, instances a second in wasmtime and in Node against the native baseline of
//!   the same shape and settings, each the best of five rounds, the rounds taken in turn so that
//!   whatever else the machine does meets all alike;
//! - the same against a design in which Node's agents meet by messages before each instance;
//! - how long each fault of [`Fault`] takes to be caught in wasmtime, from the start of the test.
//!
//! It is no benchmark of criterion's, which has no notion of rounds of several programs in turn.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use samebytes::litmus::language;
use samebytes::litmus::program::Test;
use samebytes::litmus::run::{Budget, Fault, Options, Session, Settings, Subject, Task, run_test, subjects};
use samebytes::runtime::Cancel;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(800);

fn main() {
    // Cargo asks with --bench, and tools with --list; what is neither is a filter.
    let filter: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let wanted = |name: &str| filter.is_empty() || filter.iter().any(|part| name.contains(part.as_str()));
    let tests = language::bundled().tests;
    let mut best_node = 0.0_f64;
    for (shape, id) in [
        ("sb", "litmus/sb[order=plain,p0=wasm,p1=wasm]"),
        ("mp", "litmus/mp[data=plain,flag=plain,writer=wasm,reader=wasm]"),
    ] {
        if wanted(shape) || (shape == "sb" && wanted("message")) {
            let [native, wasmtime, node] = speeds(find(&tests, id));
            best_node = best_node.max(node);
            println!("{shape}: native {native:.2}, wasmtime {wasmtime:.2}, node {node:.2} million/s");
            println!("{:8.2}  {shape} in wasmtime, against native (at least 0.8)", wasmtime / native);
            println!("{:8.2}  {shape} in node, against native (at least 0.8)", node / native);
        }
    }
    if wanted("message") {
        let messages = by_messages();
        println!("agents that meet by messages: {messages:.5} million/s");
        println!(
            "{:8.0}  batches in node, against meeting by messages (at least 1000)",
            best_node / messages
        );
    }
    for (fault, id) in [
        (Fault::PlainAtomics, "litmus/sb[order=seqcst,p0=wasm,p1=wasm]"),
        (Fault::LostNotify, "litmus/hand-over[waiter=wasm,notifier=wasm]"),
        (Fault::StaleSize, "litmus/growth-message[flag=seqcst,reader=wasm,writer=wasm]"),
    ] {
        if wanted(fault.name()) {
            catch(fault, find(&tests, id));
        }
    }
}

fn find<'t>(tests: &'t [Test], id: &str) -> &'t Test {
    tests.iter().find(|test| test.id == id).unwrap_or_else(|| panic!("the suite has no {id}"))
}

fn racers() -> Vec<Subject> {
    let own = Path::new(env!("CARGO_BIN_EXE_samebytes"));
    let names = ["native", "wasmtime", "node"].map(str::to_owned);
    subjects(&names, Some(own)).expect("all of them are known")
}

fn start(subject: &Subject) -> Session {
    let invocation =
        subject.invocation.as_ref().unwrap_or_else(|reason| panic!("{}: {reason}", subject.name));
    Session::start(invocation, &Cancel::default()).unwrap_or_else(|error| panic!("{}: {error}", subject.name))
}

/// Millions of instances a second in native, wasmtime and Node, each its best round.
fn speeds(test: &Test) -> [f64; 3] {
    let task = Task::of(test).expect("small enough for the oracle");
    let options = Options { budget: Budget::Time(ROUND), ..Options::default() };
    let mut racers: Vec<(Subject, Session, f64)> =
        racers().into_iter().map(|subject| (subject.clone(), start(&subject), 0.0)).collect();
    for _ in 0..ROUNDS {
        for (subject, session, best) in &mut racers {
            let run = run_test(session, &subject.name, &task, &options, &Cancel::default());
            assert!(!run.rows.is_empty(), "{}: {:?}", subject.name, run.verdict);
            *best = best.max(run.rate());
        }
    }
    [racers[0].2, racers[1].2, racers[2].2]
}

/// The same for Node's agents that wait for a message before each instance.
fn by_messages() -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/benches/by-messages.mjs");
    let output = Command::new("node").arg(script).output().expect("node is on PATH");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse::<f64>().unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
        / 1e6
}

fn catch(fault: Fault, test: &Test) {
    let task = Task::of(test).expect("small enough for the oracle");
    let subject = &racers()[1];
    let mut session = start(subject);
    let options = Options {
        budget: Budget::Time(Duration::from_secs(20)),
        settings: Settings { batch: 1024, ..Settings::default() },
        fault: Some(fault),
        patience: Duration::from_secs(1),
        ..Options::default()
    };
    let begin = Instant::now();
    let run = run_test(&mut session, &subject.name, &task, &options, &Cancel::default());
    let (took, verdict) = (begin.elapsed().as_secs_f64(), run.verdict.name());
    println!("{took:8.2}  seconds until {} was caught as {verdict} by {} in wasmtime", fault.name(), test.id);
}
