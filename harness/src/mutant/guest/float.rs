//! Faults in the bits of floats: payloads of NaNs that do not survive what must keep every bit.

use wasmparser::{Operator, ValType};

use super::access::{self, Access, Kind};
use super::rewrite::Replacement;
use super::{Fault, scalar};

const LOAD: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-load-val";
const STORE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-store-val";
const BITS: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#aux-fbits";
const SIGN: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#op-fneg";
const NAN: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation";
const CONST: &str = "https://webassembly.github.io/spec/core/syntax/values.html#syntax-float";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::access(
            "float-load-canonicalises-nan",
            LOAD,
            "a NaN that is loaded becomes the canonical one",
            |access| load(access, canonical),
        ),
        Fault::access(
            "float-store-canonicalises-nan",
            STORE,
            "a NaN that is stored becomes the canonical one",
            |access| store(access, canonical),
        ),
        Fault::access(
            "float-load-quiets-nan",
            LOAD,
            "a signalling NaN that is loaded becomes quiet",
            |access| load(access, quiet),
        ),
        Fault::access(
            "float-store-quiets-nan",
            STORE,
            "a signalling NaN that is stored becomes quiet",
            |access| store(access, quiet),
        ),
        Fault::access(
            "float-load-loses-sign-of-zero",
            LOAD,
            "a negative zero that is loaded becomes positive",
            |access| {
                load(access, |ty, bits| {
                    format!("(select ({ty}.const 0) {bits} ({ty}.eqz ({ty}.shl {bits} ({ty}.const 1))))")
                })
            },
        ),
        Fault::access(
            "float-load-flushes-subnormals",
            LOAD,
            "a subnormal number that is loaded becomes zero",
            |access| {
                load(access, |ty, bits| {
                    let (exponent, sign) = if ty == "i32" {
                        ("0x7f800000", "0x80000000")
                    } else {
                        ("0x7ff0000000000000", "0x8000000000000000")
                    };
                    format!(
                        "(select ({ty}.and {bits} ({ty}.const {sign})) {bits} ({ty}.eqz ({ty}.and {bits} ({ty}.const {exponent}))))"
                    )
                })
            },
        ),
        Fault::new(
            "float-variable-quiets-nan",
            BITS,
            "a signalling NaN that is read from a local or a global becomes quiet",
            |site| {
                let Operator::LocalGet { local_index } = site.operator else { return None };
                let (float, int) = match site.locals.get(*local_index as usize)? {
                    ValType::F32 => ("f32", "i32"),
                    ValType::F64 => ("f64", "i64"),
                    _ => return None,
                };
                let bits = format!("({int}.reinterpret_{float} (local.get 0))");
                Some(Replacement::Inline(format!(
                    "local.get {local_index} {}",
                    quiet_inline(float, int, *local_index, &bits)
                )))
            },
        ),
        Fault::new(
            "float-constant-quiets-nan",
            CONST,
            "a signalling NaN among a guest's constants becomes quiet",
            |site| match site.operator {
                Operator::F32Const { value } if f32::from_bits(value.bits()).is_nan() => {
                    Some(Replacement::Inline(format!(
                        "(f32.reinterpret_i32 (i32.const {}))",
                        (value.bits() | 0x0040_0000) as i32
                    )))
                }
                Operator::F64Const { value } if f64::from_bits(value.bits()).is_nan() => {
                    Some(Replacement::Inline(format!(
                        "(f64.reinterpret_i64 (i64.const {}))",
                        (value.bits() | 0x0008_0000_0000_0000) as i64
                    )))
                }
                _ => None,
            },
        ),
        Fault::new(
            "call-quiets-nan",
            BITS,
            "a signalling NaN that a function returns becomes quiet",
            |site| {
                let (_, results) = site.callee.as_ref()?;
                let Operator::Call { function_index } = site.operator else { return None };
                let (float, int) = match results.as_slice() {
                    [ValType::F32] => ("f32", "i32"),
                    [ValType::F64] => ("f64", "i64"),
                    _ => return None,
                };
                let constant = quiet_bit(int);
                // All NaNs, quiet ones too, are left with the quiet bit; numbers have no use of it here.
                Some(Replacement::Inline(format!(
                    "call {function_index} {int}.reinterpret_{float} {int}.const {constant} {int}.or {float}.reinterpret_{int}"
                )))
            },
        ),
        Fault::new(
            "nan-of-arithmetic-signals",
            NAN,
            "an arithmetic operation gives a signalling NaN",
            |site| {
                let name = access::mnemonic(site.operator);
                let (float, operation) = name.split_once('.')?;
                let int = match float {
                    "f32" => "i32",
                    "f64" => "i64",
                    _ => return None,
                };
                let operands = match operation {
                    "add" | "sub" | "mul" | "div" | "min" | "max" => 2,
                    "sqrt" | "ceil" | "floor" | "trunc" | "nearest" | "demote_f64" | "promote_f32" => 1,
                    _ => return None,
                };
                let operand = match operation {
                    "demote_f64" => "f64",
                    "promote_f32" => "f32",
                    _ => float,
                };
                let params = format!("(param {operand})").repeat(operands);
                let gets: String = (0..operands).map(|index| format!("(local.get {index})")).collect();
                let signalling = if int == "i32" { "0x7f800001" } else { "0x7ff0000000000001" };
                Some(Replacement::Function(format!(
                    "{params} (result {float}) (local $r {float}) (local.set $r ({name} {gets})) \
                 (select ({float}.reinterpret_{int} ({int}.const {signalling})) (local.get $r) \
                 ({float}.ne (local.get $r) (local.get $r)))"
                )))
            },
        ),
    ];
    for (name, description, operation) in [
        (
            "float-sign-operations-keep-nan-sign",
            "neg and copysign leave the sign of a NaN alone",
            &["neg", "copysign"] as &[&str],
        ),
        ("float-abs-keeps-nan-sign", "abs leaves the sign of a NaN alone", &["abs"]),
    ] {
        faults.push(Fault::new(name, SIGN, description, |site| {
            let name = access::mnemonic(site.operator);
            let (float, done) = name.split_once('.').filter(|(float, _)| matches!(*float, "f32" | "f64"))?;
            let binary = done == "copysign";
            let (params, gets) = if binary {
                (format!("(param {float} {float})"), "(local.get 0) (local.get 1)")
            } else {
                (format!("(param {float})"), "(local.get 0)")
            };
            operation.contains(&done).then(|| {
                Replacement::Function(format!(
                    "{params} (result {float}) (select (local.get 0) ({name} {gets}) \
                     ({float}.ne (local.get 0) (local.get 0)))"
                ))
            })
        }));
    }
    for instruction in ["i32.reinterpret_f32", "i64.reinterpret_f64"] {
        let (int, float) = (&instruction[..3], &instruction[16..]);
        faults.push(Fault::new(
            format!("{int}-reinterpret-canonicalises-nan"),
            "https://webassembly.github.io/spec/core/exec/numerics.html#op-reinterpret",
            "reinterpreting a NaN gives the canonical one's bits",
            move |site| {
                (access::mnemonic(site.operator) == instruction).then(|| {
                    Replacement::Function(format!(
                        "(param {float}) (result {int}) (select ({int}.reinterpret_{float} ({float}.const nan)) \
                         ({instruction} (local.get 0)) ({float}.ne (local.get 0) (local.get 0)))"
                    ))
                })
            },
        ));
    }
    faults
}

type OfBits = fn(&str, &str) -> String;

fn quiet_bit(int: &str) -> &'static str {
    if int == "i32" { "0x00400000" } else { "0x0008000000000000" }
}

/// Whether bits are a NaN's, as an expression.
fn is_nan(int: &str, bits: &str) -> String {
    let (magnitude, infinity) = if int == "i32" {
        ("0x7fffffff", "0x7f800000")
    } else {
        ("0x7fffffffffffffff", "0x7ff0000000000000")
    };
    format!("({int}.gt_u ({int}.and {bits} ({int}.const {magnitude})) ({int}.const {infinity}))")
}

fn canonical(int: &str, bits: &str) -> String {
    let nan = if int == "i32" { "0x7fc00000" } else { "0x7ff8000000000000" };
    format!("(select ({int}.const {nan}) {bits} {})", is_nan(int, bits))
}

fn quiet(int: &str, bits: &str) -> String {
    let bit = quiet_bit(int);
    format!("(select ({int}.or {bits} ({int}.const {bit})) {bits} {})", is_nan(int, bits))
}

/// What follows a `local.get` of a float: the same value, quiet if it is a NaN.
fn quiet_inline(float: &str, int: &str, local: u32, bits: &str) -> String {
    let bits = bits.replace("local.get 0", &format!("local.get {local}"));
    let quiet = format!("({float}.reinterpret_{int} {})", quiet(int, &bits));
    format!("drop {quiet}")
}

fn load(access: &Access, change: OfBits) -> Option<String> {
    let int = float_integer(access, Kind::Load)?;
    let bits = access.with(&format!("{int}.load"), "(local.get $a)", access.offset, "");
    let changed = change(int, "(local.get $bits)");
    Some(format!(
        "(local $bits {int}) (local.set $bits {bits}) ({}.reinterpret_{int} {changed})",
        access.value
    ))
}

fn store(access: &Access, change: OfBits) -> Option<String> {
    let int = float_integer(access, Kind::Store)?;
    let value = format!("({int}.reinterpret_{} (local.get $v))", access.value);
    let changed = change(int, "(local.get $bits)");
    let store = access.with(&format!("{int}.store"), "(local.get $a)", access.offset, &changed);
    Some(format!("(local $bits {int}) (local.set $bits {value}) {store}"))
}

fn float_integer(access: &Access, kind: Kind) -> Option<&'static str> {
    let float = matches!(access.value, "f32" | "f64") && scalar::plain(access, kind);
    scalar::integer(access).filter(|_| float)
}
