//! ECMAScript's conversions between types, over the values of a plan.
//!
//! <https://tc39.es/ecma262/#sec-type-conversion>, and of Web IDL what the JS API's address values
//! need. What an element of a view does with a converted value is in `element`.

use super::error::Thrown;
use crate::value::{Float, ValType, Value};

/// A JavaScript value, as far as a plan can state one.
#[derive(Clone, Debug, PartialEq)]
pub enum Js {
    Undefined,
    Null,
    Boolean(bool),
    Number(f64),
    BigInt(BigInt),
    String(String),
    Object,
}

/// A BigInt, as far as conversions need it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BigInt {
    /// Modulo 2^64.
    pub low: u64,
    /// Exactly, where it fits.
    pub exact: Option<i128>,
}

impl BigInt {
    fn parse(text: &str) -> Self {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let magnitude = digits
            .bytes()
            .fold(0_u64, |low, digit| low.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))));
        let low = if negative { magnitude.wrapping_neg() } else { magnitude };
        Self { low, exact: text.parse().ok() }
    }
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        Self { low: value as u64, exact: Some(value) }
    }
}

impl From<&Value> for Js {
    /// A Wasm value is what ToJSValue makes of it: an i64 is a BigInt.
    fn from(value: &Value) -> Self {
        match value {
            Value::I32(v) => Self::Number(f64::from(*v)),
            Value::I64(v) => Self::BigInt(i128::from(*v).into()),
            Value::F32(float) => Self::Number(f64::from(float.to_f32())),
            Value::F64(float) | Value::Number(float) => Self::Number(float.to_f64()),
            Value::BigInt(text) => Self::BigInt(BigInt::parse(text)),
            Value::Boolean(v) => Self::Boolean(*v),
            Value::String(text) => Self::String(text.clone()),
            Value::Undefined => Self::Undefined,
            Value::Null => Self::Null,
            Value::Object(_) | Value::Bytes(_) | Value::Digest(_) => Self::Object,
        }
    }
}

impl Js {
    /// [ToBoolean](https://tc39.es/ecma262/#sec-toboolean)
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Boolean(v) => *v,
            Self::Number(v) => *v != 0.0 && !v.is_nan(),
            Self::BigInt(v) => v.exact != Some(0),
            Self::String(text) => !text.is_empty(),
            Self::Object => true,
        }
    }

    /// [ToNumber](https://tc39.es/ecma262/#sec-tonumber)
    pub fn to_number(&self) -> Result<f64, Thrown> {
        Ok(match self {
            Self::Undefined | Self::Object => f64::NAN,
            Self::Null => 0.0,
            Self::Boolean(v) => f64::from(u8::from(*v)),
            Self::Number(v) => *v,
            Self::BigInt(_) => return Err(Thrown::type_error("a BigInt is not converted to a number")),
            Self::String(text) => string_number(text),
        })
    }

    /// [ToBigInt](https://tc39.es/ecma262/#sec-tobigint)
    pub fn to_bigint(&self) -> Result<BigInt, Thrown> {
        match self {
            Self::Boolean(v) => Ok(i128::from(*v).into()),
            Self::BigInt(v) => Ok(*v),
            Self::String(text) => {
                let digits = text.trim();
                let number = digits.strip_prefix('-').unwrap_or(digits);
                if number.bytes().all(|byte| byte.is_ascii_digit())
                    && (digits == number || !number.is_empty())
                {
                    Ok(BigInt::parse(digits))
                } else {
                    Err(Thrown::new("SyntaxError", "the text is no BigInt"))
                }
            }
            _ => Err(Thrown::type_error("only a BigInt is converted to a BigInt")),
        }
    }

    /// [ToIntegerOrInfinity](https://tc39.es/ecma262/#sec-tointegerorinfinity)
    pub fn to_integer(&self) -> Result<f64, Thrown> {
        let number = self.to_number()?;
        Ok(if number.is_nan() { 0.0 } else { number.trunc() + 0.0 })
    }

    /// [ToIndex](https://tc39.es/ecma262/#sec-toindex)
    pub fn to_index(&self) -> Result<u64, Thrown> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        let integer = self.to_integer()?;
        if (0.0..=LARGEST).contains(&integer) {
            Ok(integer as u64)
        } else {
            Err(Thrown::range_error(format!("{integer} is not an index")))
        }
    }

    /// [AddressValueToU64](https://webassembly.github.io/spec/js-api/#addressvaluetou64)
    pub fn to_address(&self, address64: bool) -> Result<u64, Thrown> {
        let outside = || Thrown::type_error("outside the range of an address value");
        if address64 {
            let value = self.to_bigint()?.exact.ok_or_else(outside)?;
            return u64::try_from(value).map_err(|_| outside());
        }
        let value = self.to_number()?;
        let integer = value.trunc();
        if value.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&integer) {
            Ok(integer as u64)
        } else {
            Err(outside())
        }
    }
}

/// The integer part of a number modulo 2^64, of which ToInt8 to ToUint32 take the low bits:
/// <https://tc39.es/ecma262/#sec-toint32>.
pub fn wrap(number: f64) -> u64 {
    const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
    if !number.is_finite() {
        return 0;
    }
    let magnitude = (number.trunc().abs() % TWO_TO_64) as u64;
    if number < 0.0 { magnitude.wrapping_neg() } else { magnitude }
}

/// [ToUint8Clamp](https://tc39.es/ecma262/#sec-touint8clamp)
pub fn clamp(number: f64) -> u8 {
    if number.is_nan() { 0 } else { number.clamp(0.0, 255.0).round_ties_even() as u8 }
}

/// The place in a sequence that a relative index means:
/// <https://tc39.es/ecma262/#sec-array.prototype.slice> steps 3 to 7, and its like elsewhere.
pub fn relative(index: f64, length: u64) -> u64 {
    let length_number = length as f64;
    if index < 0.0 { (length_number + index).max(0.0) as u64 } else { index.min(length_number) as u64 }
}

fn string_number(text: &str) -> f64 {
    match text.trim() {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        text if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// [ToWebAssemblyValue](https://webassembly.github.io/spec/js-api/#towebassemblyvalue); a value
/// that is of the type already keeps its bits.
pub fn to_wasm(value: &Value, ty: ValType) -> Result<Value, Thrown> {
    if value.val_type() == Some(ty) {
        return Ok(value.clone());
    }
    let value = Js::from(value);
    Ok(match ty {
        ValType::I32 => Value::I32(wrap(value.to_number()?) as i32),
        ValType::I64 => Value::I64(value.to_bigint()?.low as i64),
        ValType::F32 => Value::F32(Float::Bits((value.to_number()? as f32).to_bits())),
        ValType::F64 => Value::F64(Float::Bits(value.to_number()?.to_bits())),
    })
}

/// A JavaScript number that a size or an index is.
pub fn number(value: u64) -> Value {
    Value::number(value as f64)
}

/// The bits of a double, a NaN's too.
pub fn double(bits: u64) -> Value {
    Value::F64(Float::Bits(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_as_to_int32_says() {
        assert_eq!(wrap(-1.0), u64::MAX);
        assert_eq!(wrap(4_294_967_296.5) as u32, 0);
        assert_eq!(wrap(-1.9) as u8, 0xff);
        assert_eq!(wrap(f64::NAN), 0);
        assert_eq!(wrap(f64::INFINITY), 0);
        assert_eq!(wrap(2_f64.powi(65) + 2_f64.powi(13)), 1 << 13);
    }

    #[test]
    fn clamping_rounds_half_to_even() {
        assert_eq!([clamp(0.5), clamp(1.5), clamp(-3.0), clamp(300.0), clamp(f64::NAN)], [0, 2, 0, 255, 0]);
    }

    #[test]
    fn an_index_is_a_safe_integer() {
        assert_eq!(Js::Number(-0.9).to_index(), Ok(0));
        assert_eq!(Js::Undefined.to_index(), Ok(0));
        assert_eq!(Js::Number(-1.0).to_index().unwrap_err().error, "RangeError");
        assert_eq!(Js::Number(f64::INFINITY).to_index().unwrap_err().error, "RangeError");
        assert_eq!(Js::BigInt(1.into()).to_index().unwrap_err().error, "TypeError");
    }

    #[test]
    fn an_address_value_is_enforced() {
        assert_eq!(Js::Number(3.9).to_address(false), Ok(3));
        assert_eq!(Js::Number(-0.5).to_address(false), Ok(0));
        for bad in [Js::Undefined, Js::Number(-1.0), Js::Number(4_294_967_296.0), Js::BigInt(1.into())] {
            assert_eq!(bad.to_address(false).unwrap_err().error, "TypeError", "{bad:?}");
        }
        assert_eq!(Js::BigInt(i128::from(u64::MAX).into()).to_address(true), Ok(u64::MAX));
        for bad in
            [Js::Undefined, Js::Number(1.0), Js::BigInt((-1).into()), Js::BigInt((1_i128 << 64).into())]
        {
            assert_eq!(bad.to_address(true).unwrap_err().error, "TypeError", "{bad:?}");
        }
    }

    #[test]
    fn a_bigint_of_any_size_is_taken_modulo_two_to_64() {
        let huge = BigInt::parse("-340282366920938463463374607431768211457");
        assert_eq!(huge, BigInt { low: u64::MAX, exact: None });
    }
}
