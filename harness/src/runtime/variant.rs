//! Variants of runtimes: the same program, told to run guests otherwise. Which ones are known by name
//! is data here; a matrix may name others with arguments and an environment of its own.

use std::collections::BTreeMap;

use super::select::WASMTIME;
use crate::engine::wasmtime;

/// What makes a variant of a runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Its name, behind a `+` in the runtime's.
    pub name: String,
    /// What stands behind the runtime's own arguments.
    pub arguments: Vec<String>,
    /// Variables of the environment.
    pub environment: BTreeMap<String, String>,
}

struct Known {
    kind: &'static str,
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

/// V8's tiers are chosen by flags, JavaScriptCore's by environment variables.
const KNOWN: &[Known] = &[
    Known { kind: "node", name: "liftoff", arguments: &["--liftoff-only"], environment: &[] },
    Known { kind: "node", name: "turbofan", arguments: &["--no-liftoff"], environment: &[] },
    Known { kind: "deno", name: "liftoff", arguments: &["--v8-flags=--liftoff-only"], environment: &[] },
    Known { kind: "deno", name: "turbofan", arguments: &["--v8-flags=--no-liftoff"], environment: &[] },
    Known {
        kind: "bun",
        name: "ipint",
        arguments: &[],
        environment: &[("BUN_JSC_useBBQJIT", "0"), ("BUN_JSC_useOMGJIT", "0")],
    },
    Known {
        kind: "bun",
        name: "bbq",
        arguments: &[],
        environment: &[
            ("BUN_JSC_useOMGJIT", "0"),
            ("BUN_JSC_thresholdForBBQOptimizeAfterWarmUp", "0"),
            ("BUN_JSC_thresholdForBBQOptimizeSoon", "0"),
        ],
    },
    Known {
        kind: "bun",
        name: "omg",
        arguments: &[],
        environment: &[
            ("BUN_JSC_thresholdForBBQOptimizeAfterWarmUp", "0"),
            ("BUN_JSC_thresholdForBBQOptimizeSoon", "0"),
            ("BUN_JSC_thresholdForOMGOptimizeAfterWarmUp", "1"),
            ("BUN_JSC_thresholdForOMGOptimizeSoon", "1"),
        ],
    },
    Known {
        kind: "bun",
        name: "explicit-bounds",
        arguments: &[],
        environment: &[("BUN_JSC_useWasmFastMemory", "0")],
    },
];

impl Variant {
    /// The variants of a runtime that are known by name.
    pub fn names(kind: &str) -> Vec<&'static str> {
        if kind == WASMTIME {
            let others = wasmtime::Variant::ALL.into_iter().filter(|v| *v != wasmtime::Variant::Cranelift);
            return others.map(wasmtime::Variant::name).collect();
        }
        KNOWN.iter().filter(|known| known.kind == kind).map(|known| known.name).collect()
    }

    /// The variant of a runtime that is known by this name.
    pub fn by_name(kind: &str, name: &str) -> Option<Self> {
        if !Self::names(kind).contains(&name) {
            return None;
        }
        let mut variant = Self { name: name.to_owned(), ..Self::default() };
        if kind == WASMTIME {
            variant.arguments = vec!["--variant".to_owned(), name.to_owned()];
        }
        if let Some(known) = KNOWN.iter().find(|known| known.kind == kind && known.name == name) {
            variant.arguments = known.arguments.iter().map(|&argument| argument.to_owned()).collect();
            let variables = known.environment.iter();
            variant.environment = variables.map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        }
        Some(variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_one_of_its_own_runtime() {
        assert_eq!(Variant::by_name("node", "liftoff").expect("known").arguments, ["--liftoff-only"]);
        assert_eq!(Variant::by_name("bun", "ipint").expect("known").environment["BUN_JSC_useOMGJIT"], "0");
        assert_eq!(Variant::by_name(WASMTIME, "winch").expect("known").arguments, ["--variant", "winch"]);
        assert_eq!(Variant::by_name("bun", "liftoff"), None);
        // What comes without a name is no variant.
        assert_eq!(Variant::by_name(WASMTIME, "cranelift"), None);
    }
}
