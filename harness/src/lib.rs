//! A conformance suite and differential test harness for WebAssembly memory semantics.

mod bundle;
pub mod case;
pub mod claims;
#[cfg(feature = "cli")]
pub mod cli;
pub mod conformance;
pub mod embedding;
pub mod engine;
pub mod event;
pub mod executor;
pub mod expectations;
#[cfg(feature = "cli")]
pub mod litmus;
#[cfg(feature = "cli")]
pub mod machine;
#[cfg(feature = "cli")]
pub mod matrix;
#[cfg(feature = "cli")]
pub mod mutant;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod report;
pub mod runtime;
mod shown;
#[cfg(feature = "cli")]
pub mod store;
pub mod suite;
pub mod value;
pub mod verdict;

pub use conformance::{CaseReport, Report, Suite};
pub use executor::serve;
