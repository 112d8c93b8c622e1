//! What the specification demands of a step (stand-in until the case language lands).

use crate::value::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub expect: Expect,
    pub refused: Option<Value>,
    pub may_be_refused: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    Any(Vec<Expect>),
    Values(Vec<Value>),
    Done,
    Trap,
    Exhaustion,
    Throws(String),
}
