//! Faults in how an address and an offset become a place in a memory.

use super::access::{Access, Kind};
use super::rewrite::Replacement;
use super::{Fault, address_type};

const CLAUSE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#memory-instructions";
const ALIGNMENT: &str = "https://webassembly.github.io/spec/core/syntax/instructions.html#syntax-memarg";

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::access(
            "unaligned-load-rounded-down",
            ALIGNMENT,
            "an unaligned load takes place at the aligned address below",
            |access| rounded(access, Kind::Load),
        ),
        Fault::access(
            "unaligned-store-rounded-down",
            ALIGNMENT,
            "an unaligned store takes place at the aligned address below",
            |access| rounded(access, Kind::Store),
        ),
        Fault::access("unaligned-traps", ALIGNMENT, "an unaligned plain access traps", |access| {
            let low = format!("(i64.and {} (i64.const {}))", access.effective(), access.width - 1);
            (!access.atomic && access.width > 1)
                .then(|| format!("(if (i64.ne {low} (i64.const 0)) (then unreachable)) {}", access.plain()))
        }),
        Fault::access("offset-ignored", CLAUSE, "the instruction's offset counts as zero", |access| {
            (access.offset != 0).then(|| access.at("(local.get $a)", 0))
        }),
        Fault::access(
            "offset-truncated-to-16-bits",
            CLAUSE,
            "only 16 bits of the instruction's offset count",
            |access| (access.offset > 0xffff).then(|| access.at("(local.get $a)", access.offset & 0xffff)),
        ),
        Fault::access(
            "offset-truncated-to-32-bits",
            CLAUSE,
            "only 32 bits of a 64-bit offset count",
            |access| {
                (access.offset > u64::from(u32::MAX))
                    .then(|| access.at("(local.get $a)", access.offset & 0xffff_ffff))
            },
        ),
        Fault::access(
            "effective-address-wraps",
            CLAUSE,
            "address and offset are added modulo the width of an address",
            |access| {
                let (address, offset) = (access.address, access.offset as i64);
                let sum = format!("({address}.add (local.get $a) ({address}.const {offset}))");
                (access.offset != 0).then(|| access.at(&sum, 0))
            },
        ),
        Fault::access(
            "address-truncated-to-32-bits",
            CLAUSE,
            "only 32 bits of a 64-bit address count",
            |access| {
                let low = "(i64.and (local.get $a) (i64.const 0xffffffff))";
                (access.address == "i64").then(|| access.at(low, access.offset))
            },
        ),
        Fault::access(
            "effective-address-truncated-to-32-bits",
            CLAUSE,
            "only 32 bits of the sum of a 64-bit address and an offset count",
            |access| {
                let low = format!("(i64.and {} (i64.const 0xffffffff))", access.effective());
                (access.address == "i64").then(|| access.at(&low, 0))
            },
        ),
        Fault::access(
            "address-sign-extended",
            CLAUSE,
            "a 32-bit address is read as signed, so that its upper half is out of bounds",
            |access| {
                (access.address == "i32").then(|| {
                    format!(
                        "(if (i32.lt_s (local.get $a) (i32.const 0)) (then unreachable)) {}",
                        access.plain()
                    )
                })
            },
        ),
        Fault::new(
            "memory-index-ignored",
            CLAUSE,
            "an access of a later memory takes place in the first one",
            |site| {
                let access = Access::of(site.operator, site.memories)?;
                let alike = access.memory != 0 && access.address == address_type(site, 0);
                let first = Access { memory: 0, ..access };
                alike.then(|| Replacement::Function(format!("{} {}", first.signature(), first.plain())))
            },
        ),
    ]
}

fn rounded(access: &Access, kind: Kind) -> Option<String> {
    if access.kind != kind || access.atomic || access.width == 1 {
        return None;
    }
    let (address, mask) = (access.address, -(access.width as i64));
    let sum = format!("({address}.add (local.get $a) ({address}.const {}))", access.offset as i64);
    let down = access.at(&format!("({address}.and {sum} ({address}.const {mask}))"), 0);
    let result = access.result_clause();
    // What is out of bounds stays so.
    Some(format!("(if {result} {} (then {}) (else {down}))", access.outside(0), access.plain()))
}
