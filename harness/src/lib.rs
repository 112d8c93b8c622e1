//! A conformance suite and differential test harness for WebAssembly memory semantics.

pub mod case;
pub mod engine;
pub mod mutant;
pub mod protocol;
pub mod value;
