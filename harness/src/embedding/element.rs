//! The elements of views: their widths, and their bytes as values and back.
//!
//! <https://tc39.es/ecma262/#sec-rawbytestonumeric>, <https://tc39.es/ecma262/#sec-numerictorawbytes>.

use super::error::Thrown;
use super::number::{self, Js};
use crate::case::plan::{Element, ViewType};
use crate::engine::Width;
use crate::value::{Float, Value};

/// The type of an element, of a typed array or of a DataView's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int8,
    Uint8,
    Clamped,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float32,
    Float64,
    BigInt64,
    BigUint64,
}

impl Kind {
    /// Of a typed array; none of a DataView.
    pub fn of_view(ty: ViewType) -> Option<Self> {
        Some(match ty {
            ViewType::Int8Array => Self::Int8,
            ViewType::Uint8Array | ViewType::Buffer => Self::Uint8,
            ViewType::Uint8ClampedArray => Self::Clamped,
            ViewType::Int16Array => Self::Int16,
            ViewType::Uint16Array => Self::Uint16,
            ViewType::Int32Array => Self::Int32,
            ViewType::Uint32Array => Self::Uint32,
            ViewType::Float32Array => Self::Float32,
            ViewType::Float64Array => Self::Float64,
            ViewType::BigInt64Array => Self::BigInt64,
            ViewType::BigUint64Array => Self::BigUint64,
            ViewType::DataView => return None,
        })
    }

    pub fn bytes(self) -> u64 {
        self.width().bytes()
    }

    pub fn width(self) -> Width {
        match self {
            Self::Int8 | Self::Uint8 | Self::Clamped => Width::W8,
            Self::Int16 | Self::Uint16 => Width::W16,
            Self::Int32 | Self::Uint32 | Self::Float32 => Width::W32,
            Self::Float64 | Self::BigInt64 | Self::BigUint64 => Width::W64,
        }
    }

    pub fn is_bigint(self) -> bool {
        matches!(self, Self::BigInt64 | Self::BigUint64)
    }

    /// Whether `Atomics` works on it.
    pub fn is_atomic(self) -> bool {
        !matches!(self, Self::Clamped | Self::Float32 | Self::Float64)
    }

    /// Whether `Atomics.wait` and `Atomics.notify` work on it.
    pub fn is_waitable(self) -> bool {
        matches!(self, Self::Int32 | Self::BigInt64)
    }

    /// What JavaScript makes of the bits, a NaN's payload kept: the embedding knows it.
    pub fn value(self, bits: u64) -> Value {
        match self {
            Self::Int8 => Value::number(f64::from(bits as i8)),
            Self::Uint8 | Self::Clamped => Value::number(f64::from(bits as u8)),
            Self::Int16 => Value::number(f64::from(bits as i16)),
            Self::Uint16 => Value::number(f64::from(bits as u16)),
            Self::Int32 => Value::number(f64::from(bits as i32)),
            Self::Uint32 => Value::number(f64::from(bits as u32)),
            Self::Float32 => Value::F32(Float::Bits(bits as u32)),
            Self::Float64 => number::double(bits),
            Self::BigInt64 => Value::BigInt((bits as i64).to_string()),
            Self::BigUint64 => Value::BigInt(bits.to_string()),
        }
    }

    /// The bits that a value becomes, after ToNumber or ToBigInt.
    pub fn bits(self, value: &Js) -> Result<u64, Thrown> {
        if self.is_bigint() {
            return Ok(value.to_bigint()?.low);
        }
        let number = value.to_number()?;
        Ok(match self {
            Self::Float32 => u64::from((number as f32).to_bits()),
            Self::Float64 => number.to_bits(),
            Self::Clamped => u64::from(number::clamp(number)),
            _ => number::wrap(number),
        })
    }

    pub fn decode(self, bytes: &[u8], little: bool) -> u64 {
        let mut word = [0; 8];
        let count = self.bytes() as usize;
        word[..count].copy_from_slice(&bytes[..count]);
        if !little {
            word[..count].reverse();
        }
        u64::from_le_bytes(word)
    }

    /// The low bytes of `bits`; as many as the element has count.
    pub fn encode(self, bits: u64, little: bool) -> [u8; 8] {
        let mut word = bits.to_le_bytes();
        if !little {
            word[..self.bytes() as usize].reverse();
        }
        word
    }
}

impl From<Element> for Kind {
    fn from(element: Element) -> Self {
        match element {
            Element::Int8 => Self::Int8,
            Element::Uint8 => Self::Uint8,
            Element::Int16 => Self::Int16,
            Element::Uint16 => Self::Uint16,
            Element::Int32 => Self::Int32,
            Element::Uint32 => Self::Uint32,
            Element::Float32 => Self::Float32,
            Element::Float64 => Self::Float64,
            Element::BigInt64 => Self::BigInt64,
            Element::BigUint64 => Self::BigUint64,
        }
    }
}
