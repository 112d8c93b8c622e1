//! What is made of tests, without running it.

use proptest::prelude::*;

use super::control::control_test;
use super::job::{Slice, build};
use super::*;
use crate::litmus::language;
use crate::litmus::program::{Host, Location, Test};

fn shipped() -> Vec<Test> {
    let loaded = language::bundled();
    assert!(loaded.problems.is_empty());
    loaded.tests
}

#[test]
fn every_shipped_test_makes_a_valid_module_whatever_the_settings() {
    let (candidates, faults) =
        (Settings::default().candidates(), [None].into_iter().chain(Fault::ALL.map(Some)));
    let faults: Vec<_> = faults.collect();
    for (place, test) in shipped().into_iter().enumerate() {
        // Neighbours are alike, so that each kind of test meets all of them.
        let settings = Settings { batch: 64, ..candidates[place % candidates.len()].clone() };
        let fault = faults[place / 3 % faults.len()];
        let built = build(&test, &settings, fault).unwrap_or_else(|error| panic!("{}: {error}", test.id));
        let wasm = wat::parse_str(&built.wat).expect("it was parsed before");
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&wasm)
            .unwrap_or_else(|error| panic!("{}: {error}", test.id));
        let js = test.agents.iter().filter(|agent| agent.host == Host::Js).count();
        let made = built.job.agents.iter().filter(|agent| matches!(agent, job::AgentCode::Js(_))).count();
        assert_eq!(js, made, "{}", test.id);
    }
}

#[test]
fn a_fault_changes_the_tests_instructions_and_leaves_the_barrier_whole() {
    let test = shipped().into_iter().find(|test| test.id == SMOKE[1].0).expect("plain names in the suite");
    let count = |fault| {
        let built = build(&test, &Settings::default(), fault).expect("it makes a module");
        (built.wat.matches(".atomic.load").count(), built.wat.matches("rmw.add").count())
    };
    let (sound, faulty) = (count(None), count(Some(Fault::PlainAtomics)));
    assert_eq!(sound.0, faulty.0 + 2, "a load of each agent");
    assert_eq!(sound.1, faulty.1);
}

#[test]
fn the_smoke_run_finds_its_tests_in_the_suite() {
    assert_eq!(smoke_tasks().len(), SMOKE.len());
}

#[test]
fn a_location_of_sixteen_bytes_is_one_value_of_two_words() {
    let mut test = control_test();
    test.locations.push(Location { name: "z".into(), bytes: 16, initial: 7 << 100, misaligned: 0 });
    test.finals = vec![2];
    let built = build(&test, &Settings::default(), None).expect("it makes a module");
    let initial = 7_u128 << 100;
    let words = [1, 0, initial as u64, (initial >> 64) as u64];
    assert_eq!(built.layout.outcome(&words), [1, 0, initial]);
    assert_eq!(built.job.words, 4);
}

#[test]
fn the_same_outcome_out_of_two_tables_is_counted_once() {
    let built = build(&control_test(), &Settings::default(), None).expect("it makes a module");
    let entry = |count| job::Entry { count, values: vec![0, 1] };
    let slice = Slice { entries: vec![entry(3), entry(4)], overflow: 2, ..Slice::default() };
    let mut histogram = Histogram::default();
    histogram.add(&slice, &built);
    assert_eq!((histogram.count(&[0, 1]), histogram.distinct(), histogram.uncounted), (7, 1, 2));
}

#[test]
fn shapes_of_loads_and_stores_have_a_native_baseline_and_others_have_none() {
    let native = |id: &str| {
        let test = shipped().into_iter().find(|test| test.id.starts_with(id)).expect("it is in the suite");
        build(&test, &Settings::default(), None).expect("it makes a module").job.native.is_some()
    };
    assert!(native("litmus/sb[") && native("litmus/mp[") && native("litmus/iriw["));
    assert!(!native("litmus/hand-over[") && !native("litmus/tearing-64["));
}

proptest! {
    #[test]
    fn nothing_in_a_layout_overlaps(
        batch in 1_u32..300, stride in 1_u32..300, offset in 0_u32..300, shuffled: bool,
        sizes in prop::collection::vec((0_usize..5, 0_u8..64), 1..4),
    ) {
        let mut test = control_test();
        for (place, (size, misaligned)) in sizes.iter().enumerate() {
            let bytes = [1, 2, 4, 8, 16][*size];
            test.locations.push(Location { name: format!("l{place}"), bytes, initial: 0, misaligned: *misaligned });
        }
        let shuffle = if shuffled { Shuffle::Apart } else { Shuffle::None };
        let settings = Settings { batch, stride, offset, shuffle, ..Settings::default() };
        let layout = build(&test, &settings, None).expect("small enough").layout;
        let mut taken: Vec<(u32, u32)> = vec![(0, 1024)];
        for instance in 0..layout.batch {
            for (cell, location) in layout.cells.iter().zip(&test.locations) {
                let at = cell + instance * layout.stride;
                prop_assert_eq!((at - u32::from(location.misaligned)) % u32::from(location.bytes), 0);
                taken.push((at, at + u32::from(location.bytes)));
            }
        }
        let span = |at: u32, bytes: u32| (at, at + bytes);
        taken.extend(layout.records.iter().map(|&(at, length)| span(at, length * layout.batch)));
        taken.extend(layout.orders.iter().flatten().map(|&at| span(at, 4 * layout.batch)));
        let table = layout::SLOTS * 8 * (u32::try_from(layout.words.len()).expect("few") + 1);
        taken.extend(layout.tables.iter().map(|&at| span(at, table)));
        taken.sort_unstable();
        prop_assert!(taken.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{:?}", taken);
        prop_assert!(taken.last().expect("some").1 <= layout.pages * 65_536);
    }

    #[test]
    fn every_order_is_a_permutation(seed: u64, batch in 1_u32..200, together: bool) {
        let shuffle = if together { Shuffle::Together } else { Shuffle::Apart };
        let settings = Settings { seed, shuffle, ..Settings::default() };
        for mut order in settings.orders(3, batch).expect("shuffled") {
            order.sort_unstable();
            prop_assert_eq!(order, (0..batch).collect::<Vec<_>>());
        }
    }
}
