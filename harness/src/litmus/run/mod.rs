//! Litmus tests run very many times, as litmus7 does: every agent walks an array of instances of the
//! test inside one function, a barrier of spinning agents stands between batches, and what came of
//! each instance is counted in the shared memory itself.
//!
//! - [`Settings`] say how, `layout` where everything lies, `wasm` and `js` make the code, `job` is the
//!   wire between harness and executor;
//! - `serve` with `embedded` and `native` is the executor for what this binary runs itself; JavaScript
//!   runtimes run node-runner/litmus.js;
//! - `session` is one executor as the harness sees it, `campaign` a test in one, `control` the test
//!   of whether a machine can show anything at all;
//! - `smoke` is the short fixed run that belongs to every run of the suite;
//! - `text`, `document` and `repro` are what people and machines get to see.
//!
//! Which outcomes are allowed is not decided here: a [`Task`] says it, whoever made it.

mod campaign;
mod control;
pub mod document;
mod embedded;
mod fault;
mod histogram;
mod job;
mod js;
mod layout;
mod native;
mod pin;
mod repro;
mod serve;
mod session;
mod settings;
mod smoke;
mod subject;
#[cfg(test)]
mod tests;
mod text;
mod wasm;

pub use campaign::{Budget, Known, Options, Task, TestRun, Verdict, run_test};
pub use control::{Sensitivity, control, control_test};
pub use document::Document;
pub use fault::Fault;
pub use histogram::{Histogram, Row};
pub use job::Product;
pub use repro::{Reproduction, reproduction};
pub use serve::{NATIVE, ServeError, serve};
pub use session::{Session, StartError, Trouble};
pub use settings::{Settings, Shuffle};
pub use smoke::{SMOKE, smoke, smoke_tasks, smoke_test};
pub use subject::{Subject, subjects};
pub use text::{summary, test_page};

/// A test cannot be made into code.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BuildError {
    /// There is nobody to run.
    #[error("the test has no agents")]
    Empty,
    /// Settings and locations ask for too much memory.
    #[error("a batch of this size and stride takes more than 256 MiB")]
    TooLarge,
    /// An agent's language has no such operation.
    #[error("agent `{agent}` uses {what}")]
    Unsupported {
        /// The agent.
        agent: String,
        /// The operation.
        what: String,
    },
    /// The module that was made is none: a fault of this program, or of a test with accesses that
    /// no instruction has.
    #[error("the test does not make a module: {0}")]
    Module(String),
}
