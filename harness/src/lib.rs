//! A conformance suite and differential test harness for WebAssembly memory semantics.

mod bundle;
pub mod case;
pub mod claims;
pub mod cli;
pub mod embedding;
pub mod engine;
pub mod event;
pub mod executor;
pub mod expectations;
pub mod litmus;
pub mod machine;
pub mod matrix;
pub mod mutant;
pub mod protocol;
pub mod report;
pub mod repro;
pub mod runtime;
pub mod store;
pub mod suite;
pub mod value;
pub mod verdict;
