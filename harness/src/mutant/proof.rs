//! In each category a shipped case, as it is, passes in a runtime and fails in that runtime made
//! faulty, at the step where the fault must show: with every kind of mutant that applies.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::case::Case;
use crate::engine::Engine;
use crate::engine::wasmtime::Wasmtime;
use crate::protocol::Support;
use crate::runtime::select::choose;
use crate::runtime::{Cancel, InProcess, Limits, Runtime, Spawned, unmet_need};
use crate::suite::{Catalogue, Source};
use crate::verdict::{Judgement, Verdict, judge};

/// A mutant, a case, and a part of the step that must fail, as the case spells it.
type Proof = (&'static str, &'static str, &'static str);

const GUEST: &[Proof] = &[
    ("memory-size-stale-for-ever", "view-detachment/guest-grow-beyond-the-maximum[by=65536]", "expect: 3"),
    ("memory-grow-failure-is-zero", "view-detachment/guest-grow-beyond-the-maximum[by=65536]", "grow"),
    ("load-32-byte-order-reversed", "endianness/loads[load=i32.load]", "call"),
    ("store-32-byte-order-reversed", "endianness/stores-are-little-endian[instruction=i32.store]", "read"),
    ("memory-size-stale-for-ever", "ownership/host-grows-under-the-guest", "call"),
    ("memory-size-stale", "visibility/grow-seen-by-other-agent", "there.size"),
    ("address-truncated-to-32-bits", "memory64/atomics[at=0x100000008]", "trap"),
];

const ENGINE: &[Proof] = &[
    ("growth-unseen", "view-detachment/growth-by-an-imported-function", "detached"),
    ("host-reads-reversed", "endianness/data-view[element=int32]", "read"),
    ("growth-unseen", "ownership/alloc-in-a-callback", "call"),
    ("import-copies-shared-memory", "visibility/grow-seen-by-other-agent", "there.size"),
    ("growth-unseen", "memory64/guest-growth", "detached"),
];

const HOST: &[Proof] = &[
    ("grow-zero-keeps-buffer", "view-detachment/grow-zero-detaches", "detached"),
    ("data-view-order-reversed", "endianness/data-view[element=int32]", "read"),
    ("growth-detaches-nothing", "ownership/alloc-within-the-page", "detached"),
    ("post-copies-memory", "visibility/memory-travels[via=worker-data]", "here.load"),
    ("number-for-64-bit-limit-accepted", "memory64/descriptor-types[mistake=numbers for i64]", "memory"),
];

/// A mutant that is right at first, a case that does what it gets wrong once, and one that does it again and
/// again.
const HOT: &[(Kind, &str, &str, &str)] = &[
    (
        Kind::Guest,
        "load-byte-order-reversed-when-hot",
        "endianness/loads[load=i32.load]",
        "endianness/loads-hot[load=i32.load]",
    ),
    (
        Kind::HostJs,
        "grow-zero-keeps-buffer-when-hot",
        "view-detachment/grow-zero-detaches",
        "view-detachment/hot-host-grow-zero-detaches-each-time",
    ),
];

const PATIENCE: Duration = Duration::from_secs(60);

fn case(id: &str) -> Arc<Case> {
    static SUITE: OnceLock<Catalogue> = OnceLock::new();
    let suite = SUITE.get_or_init(|| Source::default().read());
    let found = suite.cases.iter().find(|case| case.id == id).cloned();
    found.unwrap_or_else(|| panic!("there is no case `{id}`"))
}

fn run(runtime: &mut dyn Runtime, case: &Case, plan: &Plan) -> Judgement {
    judge(case, &runtime.run(plan, PATIENCE, &Cancel::default()))
}

fn fails_at(judgement: &Judgement, case: &Case, mutant: &str, wanted: &str) {
    let reason = judgement.reason.as_deref().unwrap_or_default();
    assert_eq!(judgement.verdict, Verdict::Fail, "{mutant}: {}: {reason}", case.id);
    let step = judgement.step.and_then(|number| case.steps.get(&number)).expect("a step decides");
    assert!(
        step.text.contains(wanted),
        "{mutant}: {} fails elsewhere, at `{}`: {reason}",
        case.id,
        step.text
    );
}

fn passes(judgement: &Judgement, case: &Case) {
    assert_eq!(judgement.verdict, Verdict::Pass, "{}: {:?}", case.id, judgement.reason);
}

fn wasmtime() -> Arc<dyn Engine> {
    Arc::new(Wasmtime::new().expect("wasmtime starts"))
}

#[test]
fn a_wrong_engine_fails_a_case_of_every_category() {
    let mut runtime = InProcess::new(wasmtime());
    for (mutant, id, step) in GUEST {
        let case = case(id);
        passes(&run(&mut runtime, &case, &case.plan), &case);
        let plan =
            mutate_guests(mutant, &case.plan).unwrap_or_else(|| panic!("{mutant} changes nothing in {id}"));
        fails_at(&run(&mut runtime, &case, &plan), &case, mutant, step);
    }
}

#[test]
fn a_wrong_embedding_fails_a_case_of_every_category() {
    for (mutant, id, step) in ENGINE {
        let case = case(id);
        passes(&run(&mut InProcess::new(wasmtime()), &case, &case.plan), &case);
        let faulty = Faulty::new(wasmtime(), mutant).unwrap_or_else(|| panic!("there is no mutant {mutant}"));
        fails_at(&run(&mut InProcess::new(Arc::new(faulty)), &case, &case.plan), &case, mutant, step);
    }
}

#[test]
fn a_patched_runtime_fails_a_case_of_every_category() {
    let node = choose(&["node".to_owned()]).expect("a known name").remove(0);
    let start = |argv| Spawned::start(argv, Limits::default(), &Cancel::default()).expect("node runs");
    let mut plain = start(node.argv().expect("node is on PATH"));
    for (mutant, id, step) in HOST {
        let case = case(id);
        if let Some((feature, _)) = unmet_need(&case.plan, plain.handshake()) {
            // An old Node has no 64-bit memories: nothing else may be missing.
            assert_eq!(feature, crate::case::plan::Feature::Memory64, "{id}");
            continue;
        }
        passes(&run(&mut plain, &case, &case.plan), &case);
        let mut faulty = start(power::host_argv(mutant, &node).expect("node is on PATH"));
        fails_at(&run(&mut faulty, &case, &case.plan), &case, mutant, step);
    }
}

#[test]
fn a_fault_that_shows_after_a_thousand_times_is_noticed_by_repetition_alone() {
    let node = choose(&["node".to_owned()]).expect("a known name").remove(0);
    for (kind, mutant, cold, hot) in HOT {
        let (cold, hot) = (case(cold), case(hot));
        let mutated = |case: &Case| match kind {
            Kind::Guest => mutate_guests(mutant, &case.plan).expect("it changes the guest"),
            _ => case.plan.clone(),
        };
        let mut runtime: Box<dyn Runtime> = match kind {
            Kind::HostJs => {
                let argv = power::host_argv(mutant, &node).expect("node is on PATH");
                Box::new(Spawned::start(argv, Limits::default(), &Cancel::default()).expect("node runs"))
            }
            _ => Box::new(InProcess::new(wasmtime())),
        };
        passes(&run(runtime.as_mut(), &cold, &mutated(&cold)), &cold);
        let judgement = run(runtime.as_mut(), &hot, &mutated(&hot));
        assert_eq!(judgement.verdict, Verdict::Fail, "{mutant}: {}", hot.id);
    }
}

#[test]
fn every_mutant_of_a_host_can_be_loaded_and_no_other() {
    let node = choose(&["node".to_owned()]).expect("a known name").remove(0);
    let start = |name: &str| {
        let argv = power::host_argv(name, &node).expect("node is on PATH");
        Spawned::start(argv, Limits::default(), &Cancel::default())
    };
    assert!(start("no-such-mutant").is_err());
    // The preload holds all faults in one table, so one that loads shows that all of its files do.
    let runtime = start("grow-does-nothing").expect("loads");
    let threads = runtime.handshake().features.get(&crate::case::plan::Feature::Threads);
    assert!(matches!(threads, Some(Support::Supported(_))), "{threads:?}");
}

#[test]
fn the_catalogue_names_each_mutant_once_and_the_clause_that_it_violates() {
    let all = catalogue();
    for kind in [Kind::Guest, Kind::Engine, Kind::HostJs] {
        assert!(all.iter().filter(|mutant| mutant.kind == kind).count() > 30, "{kind:?}");
    }
    let mut names: Vec<_> = all.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all.len());
    for mutant in &all {
        assert!(
            mutant.clause.starts_with("https://")
                && mutant.clause.contains('#')
                && !mutant.description.is_empty(),
            "{mutant}"
        );
    }
}

#[test]
fn what_the_catalogue_says_of_host_mutants_is_what_their_files_hold() {
    let files: Vec<&str> = crate::bundle::RUNNER
        .iter()
        .filter(|(path, _)| path.starts_with("mutants/"))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .collect();
    for mutant in catalogue().iter().filter(|mutant| mutant.kind == Kind::HostJs) {
        let key = format!("'{}':", mutant.name);
        assert!(files.iter().any(|text| text.contains(&key)), "{mutant}");
    }
}

#[test]
fn a_plan_without_anything_to_mutate_is_not_mutated() {
    let case = case("endianness/loads[load=i32.load]");
    assert!(mutate_guests("memory-grow-does-nothing", &case.plan).is_none());
    assert!(mutate_guests("no-such-mutant", &case.plan).is_none());
}

#[test]
fn a_case_gets_time_for_its_own_time_outs_but_never_more_than_the_most() {
    let most = Duration::from_secs(100);
    let quick = Duration::from_millis(5);
    let patience = |id: &str, took, most| power::patience(&case(id), took, most);
    assert_eq!(patience("endianness/loads[load=i32.load]", quick, most), Duration::from_millis(1100));
    assert_eq!(patience("visibility/notify-count", quick, most), Duration::from_millis(8100));
    assert_eq!(patience("visibility/notify-count", most, most), most);
}
