//! Litmus tests: small racy programs, run very many times, whose outcomes are held against the set
//! that the memory model allows.

pub mod explain;
pub mod language;
pub mod model;
pub mod program;
pub mod run;

#[cfg(test)]
mod tests;
