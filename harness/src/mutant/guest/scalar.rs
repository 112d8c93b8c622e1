//! Faults of scalar loads and stores: byte order, width, sign. Where they access is other files'
//! affair.

use super::Fault;
use super::access::{Access, Kind};

const LOAD: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-load-val";
const STORE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-store-val";
const PACK: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-load-pack";
const STORE_PACK: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-store-pack";
const LITTLE: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#aux-littleendian";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::access(
            "byte-order-reversed",
            LITTLE,
            "loads and stores of every width are big-endian",
            |access| swapped_load(access).or_else(|| swapped_store(access)),
        ),
        Fault::access("load-sign-missing", PACK, "signed narrow loads extend with zeros", |access| {
            let name = access.name.strip_suffix("_s").filter(|_| plain(access, Kind::Load))?;
            Some(access.with(&format!("{name}_u"), "(local.get $a)", access.offset, ""))
        }),
        Fault::access("load-sign-added", PACK, "unsigned narrow loads extend with the sign", |access| {
            let name = access.name.strip_suffix("_u").filter(|_| plain(access, Kind::Load))?;
            Some(access.with(&format!("{name}_s"), "(local.get $a)", access.offset, ""))
        }),
        Fault::access(
            "load-reads-a-byte-less",
            LOAD,
            "the most significant byte of a load is lost",
            |access| {
                let ty = integer(access).filter(|_| plain(access, Kind::Load) && access.width > 1)?;
                let mask = (1u64 << (8 * (access.width - 1))) - 1;
                let mask = if ty == "i32" { i64::from(mask as u32 as i32) } else { mask as i64 };
                Some(from_integer(
                    access,
                    ty,
                    &format!("({ty}.and {} ({ty}.const {mask}))", as_integer(access, ty)),
                ))
            },
        ),
        Fault::access("load-halves-exchanged", LOAD, "64-bit loads exchange their 32-bit halves", |access| {
            let ty = integer(access).filter(|_| plain(access, Kind::Load) && access.width == 8)?;
            Some(from_integer(access, ty, &format!("(i64.rotl {} (i64.const 32))", as_integer(access, ty))))
        }),
    ];
    for width in [2, 4, 8] {
        let bits = width * 8;
        faults.push(Fault::access(
            format!("load-{bits}-byte-order-reversed"),
            LITTLE,
            format!("{bits}-bit loads are big-endian"),
            move |access| swapped_load(access).filter(|_| access.width == width),
        ));
        faults.push(Fault::access(
            format!("store-{bits}-byte-order-reversed"),
            LITTLE,
            format!("{bits}-bit stores are big-endian"),
            move |access| swapped_store(access).filter(|_| access.width == width),
        ));
    }
    for width in [1, 2, 4] {
        let bits = width * 8;
        faults.push(Fault::access(
            format!("narrow-store-{bits}-too-wide"),
            STORE_PACK,
            format!("a narrow store of {bits} bits writes twice as many"),
            move |access| {
                let narrow = access.name.ends_with(&format!("store{bits}")) && plain(access, Kind::Store);
                let wide = Access::integer_store(access.value, access.width * 2);
                let wide = access.with(&wide, "(local.get $a)", access.offset, "(local.get $v)");
                narrow.then(|| {
                    format!(
                        "(if {} (then {}) (else {wide}))",
                        access.outside(access.width as i64),
                        access.plain()
                    )
                })
            },
        ));
        faults.push(Fault::access(
            format!("narrow-load-{bits}-too-wide"),
            PACK,
            format!("an unsigned narrow load of {bits} bits reads twice as many"),
            move |access| {
                let narrow = access.name.ends_with(&format!("load{bits}_u")) && plain(access, Kind::Load);
                let wide = Access::integer_load(access.value, access.width * 2);
                let wide = access.with(&wide, "(local.get $a)", access.offset, "");
                narrow.then(|| {
                    let (outside, plain) = (access.outside(access.width as i64), access.plain());
                    format!("(if (result {}) {outside} (then {plain}) (else {wide}))", access.value)
                })
            },
        ));
    }
    for width in [4u64, 8] {
        let bits = width * 8;
        faults.push(Fault::access(
            format!("store-{bits}-writes-half"),
            STORE,
            format!("a full {bits}-bit store of an integer writes only its lower half"),
            move |access| {
                let full = access.name == format!("i{bits}.store");
                let half = Access::integer_store(access.value, width / 2);
                full.then(|| access.with(&half, "(local.get $a)", access.offset, "(local.get $v)"))
            },
        ));
    }
    faults
}

/// Whether this is a scalar access of this kind without atomicity.
pub(super) fn plain(access: &Access, kind: Kind) -> bool {
    access.kind == kind && !access.atomic && access.value != "v128"
}

/// The integer type of the same size as a scalar.
pub(super) fn integer(access: &Access) -> Option<&'static str> {
    match access.value {
        "i32" | "f32" => Some("i32"),
        "i64" | "f64" => Some("i64"),
        _ => None,
    }
}

/// The same load, of an integer in the place of a float.
fn as_integer(access: &Access, ty: &str) -> String {
    if access.value == ty {
        access.plain()
    } else {
        access.with(&format!("{ty}.load"), "(local.get $a)", access.offset, "")
    }
}

/// An integer as the value that the access loads.
pub(super) fn from_integer(access: &Access, ty: &str, expression: &str) -> String {
    if access.value == ty {
        expression.to_owned()
    } else {
        format!("({}.reinterpret_{ty} {expression})", access.value)
    }
}

/// The load with its bytes in reverse, where it has several.
pub(super) fn swapped_load(access: &Access) -> Option<String> {
    let ty = integer(access)?;
    if access.kind != Kind::Load || access.width == 1 {
        return None;
    }
    if !access.offset_fits(access.offset.checked_add(access.width)) {
        return None;
    }
    let mut sum = format!("({ty}.const 0)");
    for byte in 0..access.width {
        let one = access.with(&format!("{ty}.load8_u"), "(local.get $a)", access.offset + byte, "");
        let shift = 8 * (access.width - 1 - byte);
        sum = format!("({ty}.or {sum} ({ty}.shl {one} ({ty}.const {shift})))");
    }
    if access.name.ends_with("_s") {
        sum = format!("({ty}.extend{}_s {sum})", access.width * 8);
    }
    Some(format!("{} {}", aligned(access), from_integer(access, ty, &sum)))
}

fn swapped_store(access: &Access) -> Option<String> {
    let ty = integer(access)?;
    if access.kind != Kind::Store || access.width == 1 {
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
    // From the last byte, so that a store that reaches beyond the memory traps before it writes.
    let stores: String = (0..access.width)
        .rev()
        .map(|byte| {
            let shift = 8 * (access.width - 1 - byte);
            let byte_value = format!("({ty}.shr_u {value} ({ty}.const {shift}))");
            access.with(&format!("{ty}.store8"), "(local.get $a)", access.offset + byte, &byte_value)
        })
        .collect();
    Some(format!("{} {stores}", aligned(access)))
}

/// The trap of an unaligned atomic access, which the bytes' accesses would not have.
fn aligned(access: &Access) -> String {
    if !access.atomic {
        return String::new();
    }
    let low = format!("(i64.and {} (i64.const {}))", access.effective(), access.width - 1);
    format!("(if (i64.ne {low} (i64.const 0)) (then unreachable))")
}
