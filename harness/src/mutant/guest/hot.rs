//! Faults that only show when an instruction has run often, like those of an engine's optimising
//! tier: what a single call does is right.

use wasmparser::Operator;

use super::access::{Access, Kind};
use super::rewrite::{Replacement, Site};
use super::scalar::{self, plain};
use super::{Fault, address_type, grown_memory};

const LOAD: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-load-val";
const STORE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-store-val";
const SIZE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-size";
const GROW: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-grow";

/// After how many executions within one instance the fault shows.
const WARM: u32 = 1000;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new(
            "load-byte-order-reversed-when-hot",
            LOAD,
            "loads are big-endian after the first 1000",
            |site| {
                let access =
                    Access::of(site.operator, site.memories).filter(|access| plain(access, Kind::Load))?;
                let wrong = scalar::swapped_load(&access)?;
                Some(hot(
                    site,
                    access.memory,
                    &access.signature(),
                    &access.result_clause(),
                    &access.plain(),
                    &wrong,
                ))
            },
        ),
        Fault::new("store-lost-when-hot", STORE, "stores do nothing after the first 1000", |site| {
            let access =
                Access::of(site.operator, site.memories).filter(|access| plain(access, Kind::Store))?;
            Some(hot(site, access.memory, &access.signature(), "", &access.plain(), ""))
        }),
        Fault::new(
            "memory-size-one-more-when-hot",
            SIZE,
            "`memory.size` returns a page more after the first 1000",
            |site| {
                let Operator::MemorySize { mem } = site.operator else { return None };
                let address = address_type(site, *mem);
                let result = format!("(result {address})");
                let size = format!("(memory.size {mem})");
                let wrong = format!("({address}.add {size} ({address}.const 1))");
                Some(hot(site, *mem, &result, &result, &size, &wrong))
            },
        ),
        Fault::new(
            "memory-grow-returns-zero-when-hot",
            GROW,
            "`memory.grow` returns 0 after the first 1000",
            |site| {
                let mem = grown_memory(site.operator)?;
                let address = address_type(site, mem);
                let result = format!("(result {address})");
                let grow = format!("(memory.grow {mem} (local.get 0))");
                let wrong = format!("(drop {grow}) ({address}.const 0)");
                Some(hot(site, mem, &format!("(param {address}) {result}"), &result, &grow, &wrong))
            },
        ),
    ]
}

/// A function that counts its calls in the memory's spare global, and is right at first.
fn hot(site: &Site<'_>, memory: u32, signature: &str, result: &str, right: &str, wrong: &str) -> Replacement {
    let count = site.spare + memory;
    Replacement::Function(format!(
        "{signature} (global.set {count} (i64.add (global.get {count}) (i64.const 1))) \
         (if {result} (i64.ge_s (global.get {count}) (i64.const {WARM})) (then {wrong}) (else {right}))"
    ))
}
