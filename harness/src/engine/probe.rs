//! Which features an engine has: the smallest module or memory that shows each, never its name or
//! version, and never the semantics under test.

use std::collections::BTreeMap;

use super::{Engine, Failure, MemoryType};
use crate::case::plan::Feature;
use crate::protocol::{Support, True};

/// The modules that show a feature by being valid.
const MODULES: &[(Feature, &str)] = &[
    (Feature::Threads, "(module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))"),
    (Feature::Memory64, "(module (memory i64 1))"),
    (
        Feature::SharedMemory64,
        "(module (memory i64 1 1 shared) (func (drop (i32.atomic.load (i64.const 0)))))",
    ),
    (
        Feature::BulkMemory,
        "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
    ),
    (Feature::Simd, "(module (func (drop (v128.const i64x2 0 0))))"),
    (Feature::MultiMemory, "(module (memory 1) (memory 1))"),
];

/// Every feature that is the engine's to have, probed.
pub fn features(engine: &dyn Engine) -> BTreeMap<Feature, Support> {
    let mut features: BTreeMap<Feature, Support> =
        MODULES.iter().map(|(feature, text)| (*feature, support(compiles(engine, text)))).collect();
    for (feature, address64) in [(Feature::Threads, false), (Feature::SharedMemory64, true)] {
        if features.get(&feature) == Some(&Support::Supported(True)) {
            let memory = MemoryType { minimum: 1, maximum: Some(1), shared: true, address64 };
            features.insert(feature, support(engine.shared_memory(memory).map(drop)));
        }
    }
    features
}

fn compiles(engine: &dyn Engine, text: &str) -> Result<(), Failure> {
    let wasm = wat::parse_str(text).map_err(|error| Failure::Compile { message: error.to_string() })?;
    engine.compile(&wasm).map(drop)
}

fn support(result: Result<(), Failure>) -> Support {
    match result {
        Ok(()) => Support::Supported(True),
        Err(failure) => Support::Unsupported(failure.to_string()),
    }
}
