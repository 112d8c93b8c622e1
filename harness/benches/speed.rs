//! What the harness costs, as ratios of things measured in one run.
//!
//! `cargo bench` prints criterion's figures and then three ratios:
//!
//! - embedded: cases a second from YAML to verdict, against a bare loop that parses the same guests'
//!   text, compiles, instantiates and calls them with nothing around it;
//! - kept runner: one Node process that runs case after case, against a process a case;
//! - suite: every case in wasmtime and Node side by side, against Node's own start plus 2 ms a case.

use std::cell::Cell;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};

use samebytes::case::Case;
use samebytes::case::plan::{Callback, ModuleRef, Op, Operand, Step};
use samebytes::engine::wasmtime::Wasmtime;
use samebytes::runtime::{Cancel, InProcess, Limits, Runtime, select};
use samebytes::suite::{Catalogue, Source};
use samebytes::value::Value;
use samebytes::verdict::{Verdict, judge};

const DEADLINE: Duration = Duration::from_secs(30);

/// Steps that the bare loop can do too: it has no agents, no callbacks and no views.
fn is_bare(case: &Case) -> bool {
    let literal = |operand: &Operand| matches!(operand, Operand::Literal(_));
    let bare = |step: &Step| {
        step.start.is_none()
            && match &step.op {
                Op::Instantiate { module: ModuleRef::Guest(_), imports, .. } => imports.is_empty(),
                Op::Call { call, .. } => call.args.iter().all(literal),
                _ => false,
            }
    };
    let no_callbacks: &[Callback] = &[];
    case.plan.agents.is_empty()
        && case.plan.callbacks == no_callbacks
        && case.plan.steps.iter().all(bare)
        && case.plan.guests.iter().all(|guest| case.wat.contains_key(&guest.name))
}

/// What somebody who embeds wasmtime writes to call a guest's exports.
fn bare_loop(engine: &wasmtime::Engine, case: &Case) {
    let modules: Vec<(&str, wasmtime::Module)> = case
        .plan
        .guests
        .iter()
        .map(|guest| {
            let wasm = wat::parse_str(&case.wat[&guest.name]).expect("a shipped guest is well-formed");
            (guest.name.as_str(), wasmtime::Module::new(engine, wasm).expect("and valid"))
        })
        .collect();
    let mut store = wasmtime::Store::new(engine, ());
    let mut instances = Vec::new();
    for step in &case.plan.steps {
        match &step.op {
            Op::Instantiate { r#as, module: ModuleRef::Guest(name), .. } => {
                let module = &modules.iter().find(|(known, _)| known == name).expect("a guest of the plan").1;
                let instance = wasmtime::Instance::new(&mut store, module, &[]).expect("instantiates");
                instances.push((r#as, instance));
            }
            Op::Call { call, .. } => {
                let instance =
                    instances.iter().find(|(name, _)| **name == call.instance).expect("made before").1;
                let args: Vec<wasmtime::Val> = call.args.iter().map(wasmtime_value).collect();
                let mut results = vec![wasmtime::Val::I32(0); call.results.len()];
                let function = instance.get_func(&mut store, &call.export).expect("an export");
                for _ in 0..step.repeat {
                    // A trap is a result like any other here.
                    let _ = black_box(function.call(&mut store, &args, &mut results));
                }
            }
            other => unreachable!("{other:?} is not bare"),
        }
    }
}

fn wasmtime_value(operand: &Operand) -> wasmtime::Val {
    match operand {
        Operand::Literal(Value::I32(value)) => wasmtime::Val::I32(*value),
        Operand::Literal(Value::I64(value)) => wasmtime::Val::I64(*value),
        Operand::Literal(Value::F32(value)) => wasmtime::Val::F32(value.to_f32().to_bits()),
        Operand::Literal(Value::F64(value)) => wasmtime::Val::F64(value.to_f64().to_bits()),
        other => unreachable!("{other:?} is not a Wasm literal"),
    }
}

/// Measures with criterion, and keeps the mean of all rounds for the ratios.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut work: impl FnMut()) -> Duration {
    let (total, rounds) = (Cell::new(Duration::ZERO), Cell::new(0_u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let begin = Instant::now();
            for _ in 0..iterations {
                work();
            }
            let took = begin.elapsed();
            total.set(total.get() + took);
            rounds.set(rounds.get() + iterations);
            took
        });
    });
    total.get() / u32::try_from(rounds.get().max(1)).unwrap_or(u32::MAX)
}

fn embedded(criterion: &mut Criterion) -> f64 {
    let suite = Source::default().read();
    let bare: Vec<&Case> = suite.cases.iter().map(|case| &**case).filter(|case| is_bare(case)).collect();
    assert!(bare.len() >= 20, "only {} cases can be run by a bare loop", bare.len());
    let mut config = wasmtime::Config::new();
    config.shared_memory(true);
    let plain = wasmtime::Engine::new(&config).expect("an engine");
    let mut ours = InProcess::new(Arc::new(Wasmtime::new().expect("an engine")));
    let bare_round = |case: &Case| bare_loop(&plain, case);
    let mut our_round = |case: &Case| {
        // The bare loop reads the guest's text in every round, and so does this.
        for text in case.wat.values() {
            black_box(wat::parse_str(text).expect("a shipped guest is well-formed"));
        }
        let record = ours.run(&case.plan, DEADLINE, &Cancel::default());
        assert_eq!(judge(case, &record).verdict, Verdict::Pass, "{}", case.id);
    };
    let mut group = criterion.benchmark_group("embedded");
    group.sample_size(10).throughput(Throughput::Elements(bare.len() as u64));
    // Case by case in turn, so that whatever else the machine does meets both alike.
    let (mut theirs_took, mut ours_took) = (Duration::ZERO, Duration::ZERO);
    let mut both = || {
        let (mut theirs, mut ours) = (Duration::ZERO, Duration::ZERO);
        for case in &bare {
            theirs += timed(|| bare_round(case));
            ours += timed(|| our_round(case));
        }
        theirs_took += theirs;
        ours_took += ours;
        (theirs, ours)
    };
    group.bench_function("bare loop", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| both().0).sum());
    });
    group.bench_function("samebytes", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| both().1).sum());
    });
    group.finish();
    theirs_took.as_secs_f64() / ours_took.as_secs_f64()
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn node() -> select::Choice {
    select::choose(&["node".to_owned()]).expect("node is a known runtime").remove(0)
}

fn start_node() -> impl Runtime {
    node().start(Limits::default(), &Cancel::default()).expect("node is on PATH")
}

fn kept_runner(criterion: &mut Criterion) -> f64 {
    let suite = Source::default().read();
    let case = suite.cases.iter().find(|case| is_bare(case)).expect("a case of one agent");
    let run = |runtime: &mut dyn Runtime| {
        let record = runtime.run(&case.plan, DEADLINE, &Cancel::default());
        assert_eq!(judge(case, &record).verdict, Verdict::Pass);
    };
    let mut group = criterion.benchmark_group("runner");
    group.sample_size(10).throughput(Throughput::Elements(1));
    let fresh = measure(&mut group, "a process a case", || run(&mut start_node()));
    let mut node = start_node();
    let kept = measure(&mut group, "kept", || run(&mut node));
    group.finish();
    fresh.as_secs_f64() / kept.as_secs_f64()
}

fn whole_suite(criterion: &mut Criterion) -> f64 {
    let Catalogue { cases, .. } = Source::default().read();
    let program = env!("CARGO_BIN_EXE_samebytes");
    let quiet = |command: &mut Command| {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        black_box(status.expect("it starts"));
    };
    let mut group = criterion.benchmark_group("suite");
    group.sample_size(10);
    let start = measure(&mut group, "Node's start", || quiet(Command::new("node").args(["-e", "0"])));
    let suite = measure(&mut group, "wasmtime and Node", || {
        quiet(Command::new(program).args(["run", "--runtime", "wasmtime", "--runtime", "node"]));
    });
    group.finish();
    let allowed = start + Duration::from_millis(2) * u32::try_from(cases.len()).unwrap_or(u32::MAX);
    suite.as_secs_f64() / allowed.as_secs_f64()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let ratios = [
        ("embedded cases per second, against a bare loop (at least 0.8)", embedded(&mut criterion)),
        ("kept runner, against a process a case (at least 100)", kept_runner(&mut criterion)),
        ("whole suite, against Node's start + 2 ms a case (at most 3)", whole_suite(&mut criterion)),
    ];
    criterion.final_summary();
    // A filter leaves some of them unmeasured.
    for (what, ratio) in ratios.into_iter().filter(|(_, ratio)| ratio.is_normal()) {
        println!("{ratio:8.2}  {what}");
    }
}
