//! **Do your WebAssembly runtimes see the same bytes?** samebytes is a conformance suite and
//! differential test harness for WebAssembly memory semantics: growth and the views that it
//! invalidates, byte order, ownership of allocations, what other threads see, 64-bit addressing.
//!
//! This library is for those who maintain an engine or an embedder in Rust. They write one adapter,
//! [`Engine`](engine::Engine), and have the whole suite as tests of their own project:
//!
//! ```toml
//! [dev-dependencies]
//! samebytes = { version = "0.1", default-features = false }
//!
//! [[test]]
//! name = "memory"
//! harness = false
//! ```
//!
//! ```no_run
//! // tests/memory.rs
//! use samebytes::Suite;
//! # use std::rc::Rc;
//! # use samebytes::engine::{Agent, Engine, Failure, Host, Module};
//! # struct MyEngine;
//! # impl MyEngine { fn new() -> Self { Self } }
//! # impl Engine for MyEngine {
//! #     fn runtime(&self) -> (String, String) { ("mine".into(), "0.1.0".into()) }
//! #     fn compile(&self, _: &[u8]) -> Result<Module, Failure> { unimplemented!() }
//! #     fn agent(&self, _: Rc<dyn Host>) -> Box<dyn Agent> { unimplemented!() }
//! # }
//!
//! fn main() {
//!     Suite::bundled().with_engine(MyEngine::new()).run_tests()
//! }
//! ```
//!
//! `cargo test` and `cargo nextest run` then show a test for each case. What the engine leaves out
//! (threads, 64-bit memories, ...) is ignored, with the reason. The adapter says nothing about cases,
//! buffers or views: what the JavaScript API says about these is done here, for every engine alike.
//! A worked example is wasmi's, `harness/examples/wasmi` in the repository,
//! and [`engine::smoke`] tells whether an adapter does what the suite relies upon.
//!
//! - [`Suite`] chooses cases, adds one's own, knows known failures, and runs everything as tests or
//!   for a [`Report`].
//! - [`serve`] makes an executor of an adapter: a process that `samebytes run --runtime NAME=executor:COMMAND`
//!   puts beside wasmtime, Node, Bun and Deno.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | (none) | the suite, the trait and the tests of it, in 70 packages with this one |
//! | `wasmtime` | the adapter of wasmtime, `engine::wasmtime` |
//! | `wasmtime-variants` | its other compilers: Winch and Pulley |
//! | `schema` | the JSON Schema of the case language |
//! | `cli` | the `samebytes` program: JavaScript runtimes, the matrix, reports, reproductions |
//!
//! All of them are on by default, so that `cargo install samebytes` gives the program.
//!
//! What is documented here is the public interface, and changes as semantic versioning says. Everything
//! else that can be named is for the program that comes with the library, and may change at any time.

#![warn(missing_docs)]

mod bundle;
#[doc(hidden)]
pub mod case;
#[cfg(feature = "cli")]
mod child;
#[doc(hidden)]
pub mod claims;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod conformance;
#[doc(hidden)]
pub mod embedding;
pub mod engine;
#[doc(hidden)]
pub mod event;
pub mod executor;
#[doc(hidden)]
pub mod expectations;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod litmus;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod machine;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod matrix;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod mutant;
#[doc(hidden)]
pub mod protocol;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod report;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod repro;
#[doc(hidden)]
pub mod runtime;
mod shown;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod suite;
pub mod value;
#[doc(hidden)]
pub mod verdict;

pub use conformance::{CaseReport, Report, Suite};
pub use executor::serve;
pub use expectations::Status;
pub use verdict::Verdict;
