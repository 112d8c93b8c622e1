//! Runtimes: what runs plans and says what it observed. Which runtimes there are is decided in
//! `select`; what their observations are worth, in `verdict`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::case::plan::{Feature, Plan};
use crate::protocol::{Handshake, Support};

#[cfg(feature = "cli")]
pub mod contract;
mod in_process;
#[cfg(feature = "cli")]
mod materialise;
#[cfg(feature = "cli")]
pub(crate) mod process;
mod record;
#[cfg(feature = "cli")]
pub mod select;
#[cfg(feature = "cli")]
mod spawned;
#[cfg(feature = "cli")]
mod variant;
#[cfg(feature = "cli")]
pub(crate) mod wire;

pub use in_process::InProcess;
#[cfg(feature = "cli")]
pub use materialise::{MaterialiseError, runner_entry};
pub use record::{Crash, CrashKind, End, Record};
#[cfg(feature = "cli")]
pub use spawned::{Invocation, Limits, Spawned, Unavailable};
#[cfg(feature = "cli")]
pub use variant::Variant;

/// Something that runs plans.
pub trait Runtime: Send {
    /// Who it is and what it can do.
    fn handshake(&self) -> &Handshake;

    /// Which variant of the runtime it is, if not the runtime as it comes.
    fn variant(&self) -> Option<&str> {
        None
    }

    /// Runs one plan, for at most `deadline`. Whatever goes wrong is part of the record.
    fn run(&mut self, plan: &Plan, deadline: Duration, cancel: &Cancel) -> Record;
}

/// A flag that asks for everything under way to stop. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// The flag itself, for those who look at it on their own.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Was it asked?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The first need of the plan that the runtime does not meet, with the runtime's reason.
pub fn unmet_need<'h>(plan: &Plan, handshake: &'h Handshake) -> Option<(Feature, &'h str)> {
    plan.needs.iter().find_map(|need| match handshake.features.get(need) {
        Some(Support::Supported(_)) => None,
        Some(Support::Unsupported(reason)) => Some((*need, reason.as_str())),
        None => Some((*need, "its executor does not say whether the runtime has it")),
    })
}
