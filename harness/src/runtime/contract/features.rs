//! Whether an executor has what it says it has. What it denies is never asked of it.

use serde_json::{Value, json};

use super::session::Session;
use super::{Check, Lab, Stop, plans};
use crate::case::plan::Feature;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "bulk-memory is there if it is claimed",
        clause: "features",
        run: |lab| has(lab, BULK_MEMORY),
    },
    Check { name: "simd is there if it is claimed", clause: "features", run: |lab| has(lab, SIMD) },
    Check {
        name: "multi-memory is there if it is claimed",
        clause: "features",
        run: |lab| has(lab, MULTI_MEMORY),
    },
    Check { name: "memory64 is there if it is claimed", clause: "features", run: |lab| has(lab, MEMORY64) },
    Check { name: "threads are there if they are claimed", clause: "features", run: |lab| has(lab, THREADS) },
    Check {
        name: "shared-memory64 is there if it is claimed",
        clause: "features",
        run: |lab| has(lab, SHARED_MEMORY64),
    },
];

type Probe = (Feature, &'static str);

const BULK_MEMORY: Probe = (
    Feature::BulkMemory,
    r#"(module (memory 1) (func (export "seven") (result i32)
        (memory.fill (i32.const 8) (i32.const 7) (i32.const 1)) (i32.load8_u (i32.const 8))))"#,
);
const SIMD: Probe = (
    Feature::Simd,
    r#"(module (func (export "seven") (result i32) (i32x4.extract_lane 3 (i32x4.splat (i32.const 7)))))"#,
);
const MULTI_MEMORY: Probe = (
    Feature::MultiMemory,
    r#"(module (memory $a 1) (memory $b 1) (func (export "seven") (result i32)
        (i32.store $b (i32.const 0) (i32.const 7)) (i32.load $b (i32.const 0))))"#,
);
const MEMORY64: Probe = (
    Feature::Memory64,
    r#"(module (memory i64 1) (func (export "seven") (result i32)
        (i32.store (i64.const 0) (i32.const 7)) (i32.load (i64.const 0))))"#,
);
const THREADS: Probe = (
    Feature::Threads,
    r#"(module (memory 1 1 shared) (func (export "seven") (result i32)
        (i32.atomic.store (i32.const 0) (i32.const 7)) (i32.atomic.load (i32.const 0))))"#,
);
const SHARED_MEMORY64: Probe = (
    Feature::SharedMemory64,
    r#"(module (memory i64 1 1 shared) (func (export "seven") (result i32)
        (i32.atomic.store (i64.const 0) (i32.const 7)) (i32.atomic.load (i64.const 0))))"#,
);

fn has(lab: &Lab, (feature, text): Probe) -> Result<(), Stop> {
    lab.needs(&[feature])?;
    let mut plan = plans::seven();
    plan["needs"] = json!([feature]);
    plan["guests"] = Value::Array(vec![plans::guest("guest", text)]);
    let done = Session::open(lab)?.run(1, &plan)?;
    done.demand_returned(0, &json!([]))?;
    done.demand_returned(1, &json!([plans::i32(7)]))
}
