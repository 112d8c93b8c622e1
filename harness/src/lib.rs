//! A conformance suite and differential test harness for WebAssembly memory semantics.

mod bundle;
pub mod case;
pub mod protocol;
pub mod runtime;
pub mod value;
