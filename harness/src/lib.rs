//! A conformance suite and differential test harness for WebAssembly memory semantics.

pub mod case;
pub mod embedding;
pub mod engine;
pub mod executor;
pub mod protocol;
pub mod value;
