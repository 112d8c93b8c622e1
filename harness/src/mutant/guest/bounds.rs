//! Faults in what happens at a memory's end, for instructions with an address.

use super::Fault;
use super::access::{Access, Kind};
use super::scalar;

const LOAD: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-load-val";
const STORE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-store-val";

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::access(
            "load-outside-reads-zero",
            LOAD,
            "a load outside the memory gives zero instead of a trap",
            |access| (access.kind == Kind::Load).then(|| instead(access, &access.outside(0))),
        ),
        Fault::access(
            "store-outside-ignored",
            STORE,
            "a store outside the memory does nothing instead of a trap",
            |access| (access.kind == Kind::Store).then(|| instead(access, &access.outside(0))),
        ),
        Fault::access(
            "atomic-outside-ignored",
            STORE,
            "a read-modify-write outside the memory gives zero instead of a trap",
            |access| {
                matches!(access.kind, Kind::Rmw | Kind::Cmpxchg).then(|| instead(access, &access.outside(0)))
            },
        ),
        Fault::access(
            "only-first-byte-checked",
            LOAD,
            "an access that begins inside the memory and ends outside does not trap",
            |access| {
                let first = -(access.width as i64 - 1);
                (access.width > 1 && !access.atomic).then(|| {
                    let starts_inside = format!("(i32.eqz {})", access.outside(first));
                    instead(access, &format!("(i32.and {} {starts_inside})", access.outside(0)))
                })
            },
        ),
        Fault::access(
            "last-load-traps",
            LOAD,
            "a load that ends exactly at the memory's end traps",
            |access| (access.kind == Kind::Load).then(|| strict(access)),
        ),
        Fault::access(
            "last-store-traps",
            STORE,
            "a store that ends exactly at the memory's end traps",
            |access| (access.kind == Kind::Store).then(|| strict(access)),
        ),
        Fault::access(
            "last-atomic-traps",
            LOAD,
            "an atomic access of the memory's last word traps",
            |access| {
                (!matches!(access.kind, Kind::Load | Kind::Store) && access.atomic).then(|| strict(access))
            },
        ),
        Fault::access(
            "trapping-store-writes-first-bytes",
            STORE,
            "a store across the memory's end writes the bytes that fit and then traps",
            partial_store,
        ),
        Fault::access("bounds-of-the-first-page", LOAD, "an access beyond the first page traps", |access| {
            let beyond = format!(
                "(i64.gt_u (i64.add {} (i64.const {})) (i64.const 65536))",
                access.effective(),
                access.width
            );
            Some(format!("(if {beyond} (then unreachable)) {}", access.plain()))
        }),
    ]
}

/// Zero or nothing where the condition holds, else the access.
fn instead(access: &Access, condition: &str) -> String {
    let (result, zero) = (access.result_clause(), access.zero());
    format!("(if {result} {condition} (then {zero}) (else {}))", access.plain())
}

fn strict(access: &Access) -> String {
    format!("(if {} (then unreachable)) {}", access.outside(1), access.plain())
}

fn partial_store(access: &Access) -> Option<String> {
    let ty = scalar::integer(access)?;
    if !scalar::plain(access, Kind::Store) || access.width == 1 {
        return None;
    }
    if !access.offset_fits(access.offset.checked_add(access.width)) {
        return None;
    }
    let value = if access.value == ty {
        "(local.get $v)".to_owned()
    } else {
        format!("({ty}.reinterpret_{} (local.get $v))", access.value)
    };
    let bytes: String = (0..access.width)
        .map(|byte| {
            let shifted = format!("({ty}.shr_u {value} ({ty}.const {}))", byte * 8);
            access.with(&format!("{ty}.store8"), "(local.get $a)", access.offset + byte, &shifted)
        })
        .collect();
    Some(format!("(if {} (then {bytes})) {}", access.outside(0), access.plain()))
}
