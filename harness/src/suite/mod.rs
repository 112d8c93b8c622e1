//! Runs cases in runtimes, side by side, and emits events. What the events look like on a screen or
//! in a file is the reporters' business.

use std::time::Duration;

mod once;
#[cfg(feature = "cli")]
mod run;
mod source;

pub use once::{Ran, compare_runs, run_case};
#[cfg(feature = "cli")]
pub use run::{Journal, JournalError, Options, run};
pub use source::{Catalogue, Source};

/// How long one case may take in one runtime, unless somebody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);
