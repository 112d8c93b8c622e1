//! Faults of the 128-bit accesses.

use super::Fault;
use super::access::{Access, Kind};

const LOAD: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vload-val";
const PACK: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vload-pack";
const SPLAT: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vload-splat";
const ZERO: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vload-zero";
const LANE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vload-lane";
const STORE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vstore";
const STORE_LANE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-vstore-lane";

/// `i8x16.shuffle` that reverses all bytes of its operand.
const REVERSE: &str = "i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0";
/// `i8x16.shuffle` that exchanges the halves of its operand.
const EXCHANGE: &str = "i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (how, shuffle) in [("bytes-reversed", REVERSE), ("halves-exchanged", EXCHANGE)] {
        faults.push(Fault::access(
            format!("vector-load-{how}"),
            LOAD,
            "a 128-bit load has its lanes in another order",
            move |access| {
                (access.name == "v128.load").then(|| {
                    let plain = access.plain();
                    format!(
                        "(local $r v128) (local.set $r {plain}) ({shuffle} (local.get $r) (local.get $r))"
                    )
                })
            },
        ));
        faults.push(Fault::access(
            format!("vector-store-{how}"),
            STORE,
            "a 128-bit store has its lanes in another order",
            move |access| {
                (access.name == "v128.store").then(|| {
                    format!("(local.set $v ({shuffle} (local.get $v) (local.get $v))) {}", access.plain())
                })
            },
        ));
    }
    faults.extend([
        Fault::access(
            "vector-extend-sign-missing",
            PACK,
            "a load that extends lanes with their signs extends them with zeros",
            |access| {
                let name = access.name.strip_suffix("_s").filter(|_| access.value == "v128")?;
                Some(access.with(&format!("{name}_u"), "(local.get $a)", access.offset, ""))
            },
        ),
        Fault::access(
            "vector-extend-sign-added",
            PACK,
            "a load that extends lanes with zeros extends them with their signs",
            |access| {
                let name = access.name.strip_suffix("_u").filter(|_| access.value == "v128")?;
                Some(access.with(&format!("{name}_s"), "(local.get $a)", access.offset, ""))
            },
        ),
        Fault::access("vector-splat-fills-one-lane", SPLAT, "a splat fills only the first lane", |access| {
            let width = access.name.strip_prefix("v128.load")?.strip_suffix("_splat")?;
            let shape =
                ["8x16", "16x8", "32x4", "64x2"].into_iter().find(|shape| shape.starts_with(width))?;
            let scalar = if width == "64" { "i64" } else { "i32" };
            let load = Access::integer_load(scalar, access.width);
            let lane = access.with(&load, "(local.get $a)", access.offset, "");
            Some(format!("(i{shape}.replace_lane 0 (v128.const i64x2 0 0) {lane})"))
        }),
        Fault::access(
            "vector-zero-keeps-garbage",
            ZERO,
            "a load of one lane leaves the others other than zero",
            |access| {
                access.name.ends_with("_zero").then(|| {
                    format!("(i64x2.replace_lane 1 {} (i64.const 0x5555555555555555))", access.plain())
                })
            },
        ),
        Fault::access(
            "vector-lane-load-of-another-lane",
            LANE,
            "a load into one lane goes to the next",
            |access| other_lane(access, Kind::LaneLoad),
        ),
        Fault::access(
            "vector-lane-store-of-another-lane",
            STORE_LANE,
            "a store of one lane takes the next",
            |access| other_lane(access, Kind::LaneStore),
        ),
        Fault::access(
            "trapping-vector-store-writes-first-bytes",
            STORE,
            "a 128-bit store across the memory's end writes what fits and then traps",
            |access| {
                if access.name != "v128.store" || !access.offset_fits(access.offset.checked_add(16)) {
                    return None;
                }
                let bytes: String = (0..16)
                    .map(|byte| {
                        let value = format!("(i8x16.extract_lane_u {byte} (local.get $v))");
                        access.with("i32.store8", "(local.get $a)", access.offset + byte, &value)
                    })
                    .collect();
                Some(format!("(if {} (then {bytes})) {}", access.outside(0), access.plain()))
            },
        ),
    ]);
    faults
}

fn other_lane(access: &Access, kind: Kind) -> Option<String> {
    let lanes = 16 / access.width as u8;
    (access.kind == kind).then(|| {
        let lane = access.lane.map(|lane| (lane + 1) % lanes);
        Access { lane, ..access.clone() }.plain()
    })
}
