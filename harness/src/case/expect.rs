//! Stand-in.

use super::plan::OperandType;
use crate::value::Value;

/// What the specification demands of a step, and what else decides about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What is demanded.
    pub expect: Expect,
    /// A result of exactly this means that a resource was refused: inconclusive.
    pub refused: Option<Value>,
    /// The operation allocates: a `RangeError` that is not expected is inconclusive.
    pub may_be_refused: bool,
}

/// What the specification demands of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Nothing: the result is only compared between runtimes.
    Open,
    /// It completes with values that match, as many as there are matchers.
    Values(Vec<Matcher>),
    /// It completes, with whatever values.
    Done,
    /// It traps.
    Trap,
    /// It exhausts the stack.
    Exhaustion,
    /// It throws an error of this class.
    Throws(String),
    /// It completes, and does not match.
    Not(Box<Expect>),
    /// One of these holds.
    Any(Vec<Expect>),
}

/// What is demanded of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// It is this value, to the bit.
    Is(Value),
    /// It is a NaN.
    Nan,
    /// It is a NaN, and a canonical one where its bits are known.
    NanCanonical,
    /// It is a NaN, and an arithmetic one where its bits are known.
    NanArithmetic,
    /// It is what an earlier step returned, plus something.
    Kept(KeptResult),
    /// JavaScript sees the value so; a host without JavaScript has no such view.
    Js(Value),
    /// It is a number for which all of these hold. 64-bit values are compared without loss.
    Number {
        /// It is a multiple of this.
        multiple_of: Option<i128>,
        /// It is this or greater.
        at_least: Option<i128>,
        /// It is this or less.
        at_most: Option<i128>,
    },
}

/// An earlier result in an expectation: `kept [>>> 0] + plus`, converted to `ty`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptResult {
    /// The step that returned it: its last round, if it is repeated.
    pub step: u32,
    /// The type of the value that is expected.
    pub ty: OperandType,
    /// The earlier result is read as unsigned before anything else.
    pub unsigned: bool,
    /// Added, wrapping at the width of a Wasm type.
    pub plus: i64,
}
