//! Ways to run wasmtime: its compilers, and how it bounds memories.

use wasmtime::{Config, Strategy};

/// A way to run wasmtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Cranelift, memories with address space reserved and bounds checked by guard pages: wasmtime's
    /// defaults on 64-bit machines.
    Cranelift,
    /// The baseline compiler.
    Winch,
    /// Cranelift's code for the portable interpreter, which has no threads.
    Pulley,
    /// No address space is reserved: a memory that grows moves. There are no shared memories.
    NoReservation,
    /// Neither guard pages nor signal handlers: every trap comes of code that checks.
    ExplicitBounds,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Cranelift, Self::Winch, Self::Pulley, Self::NoReservation, Self::ExplicitBounds];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Winch => "winch",
            Self::Pulley => "pulley",
            Self::NoReservation => "no-reservation",
            Self::ExplicitBounds => "explicit-bounds",
        }
    }

    /// The variant of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// What compiles.
    pub(crate) fn compiler(self) -> &'static str {
        match self {
            Self::Winch | Self::Pulley => self.name(),
            Self::Cranelift | Self::NoReservation | Self::ExplicitBounds => Self::Cranelift.name(),
        }
    }

    /// Sets what it stands for.
    ///
    /// # Errors
    ///
    /// Where wasmtime does not know Pulley's target, which it does when it is built with it.
    pub(crate) fn apply(self, config: &mut Config) -> wasmtime::Result<()> {
        match self {
            Self::Cranelift => {}
            Self::Winch => {
                config.strategy(Strategy::Winch);
            }
            Self::Pulley => {
                let target = if cfg!(target_endian = "little") { "pulley64" } else { "pulley64be" };
                config.target(target)?.wasm_threads(false).shared_memory(false);
            }
            Self::NoReservation => {
                config.memory_reservation(0).memory_reservation_for_growth(0).memory_may_move(true);
                // A shared memory cannot move, and so could not grow at all.
                config.wasm_threads(false).shared_memory(false);
            }
            Self::ExplicitBounds => {
                config.memory_guard_size(0).guard_before_linear_memory(false).signals_based_traps(false);
            }
        }
        Ok(())
    }
}
