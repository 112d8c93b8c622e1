//! Faults in what a function keeps: locals that do not survive growth, calls or waits, globals that
//! are not written.

use wasmparser::{Operator, ValType};

use super::Fault;
use super::access::{Access, Kind};
use super::rewrite::{Replacement, Site};

const LOCAL: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-local-get";
const GLOBAL: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-global-set";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (types, integers) in [("integer", true), ("float", false)] {
        let mut add = |where_: &str, description: &str, replaced: fn(&Site<'_>) -> Option<String>| {
            faults.push(Fault::new(
                format!("{types}-locals-lost-across-{where_}"),
                LOCAL,
                format!("locals that hold {types}s (floats and vectors, or integers) are lost {description}"),
                move |site| {
                    let lost = lost(site.locals, integers);
                    (!lost.is_empty())
                        .then(|| replaced(site))
                        .flatten()
                        .map(|plain| Replacement::Inline(format!("{plain} {lost}")))
                },
            ));
        };
        add("growth", "when the guest grows a memory", |site| match site.operator {
            Operator::MemoryGrow { mem } => Some(format!("memory.grow {mem}")),
            _ => None,
        });
        add("calls", "when the guest calls a function", |site| match site.operator {
            Operator::Call { function_index } => Some(format!("call {function_index}")),
            _ => None,
        });
        add("waits", "when the guest waits", |site| {
            let access = Access::of(site.operator, site.memories)?;
            (access.kind == Kind::Wait).then(|| {
                let (memory, offset, align) = (access.memory, access.offset, 1u64 << access.align);
                format!("{} {memory} offset={offset} align={align}", access.name)
            })
        });
    }
    faults.push(Fault::new("global-set-lost", GLOBAL, "`global.set` does nothing", |site| {
        matches!(site.operator, Operator::GlobalSet { .. }).then(|| Replacement::Inline("drop".to_owned()))
    }));
    faults
}

/// Instructions that overwrite every local of these types.
fn lost(locals: &[ValType], integers: bool) -> String {
    (0..)
        .zip(locals)
        .filter_map(|(index, ty): (u32, _)| {
            let garbage = match ty {
                ValType::I32 if integers => "i32.const 0x2f",
                ValType::I64 if integers => "i64.const 0x2f",
                ValType::F32 if !integers => "f32.const 4711",
                ValType::F64 if !integers => "f64.const 4711",
                ValType::V128 if !integers => "v128.const i64x2 47 11",
                _ => return None,
            };
            Some(format!("{garbage} local.set {index} "))
        })
        .collect()
}
