//! The faults of an engine's host side, by name, and what those do that concern memories of both
//! kinds.

macro_rules! faults {
    ($($variant:ident $name:literal $clause:literal $description:literal)+) => {
        /// A fault of an engine's host side.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // `FAULTS` describes each
        pub enum Fault {
            $($variant,)+
        }

        /// Every fault.
        pub(in crate::mutant) const FAULTS: &[Known] =
            &[$(Known { fault: Fault::$variant, name: $name, description: $description, clause: $clause },)+];
    };
}

/// A fault and what is said of it.
pub(in crate::mutant) struct Known {
    pub fault: Fault,
    pub name: &'static str,
    pub description: &'static str,
    /// The clause that it violates.
    pub clause: &'static str,
}

faults! {
    GrowthUnseen "growth-unseen"
        "https://webassembly.github.io/spec/js-api/#refresh-the-memory-buffer"
        "the embedding is not told that a guest has grown a memory"
    GrowthSeenTooOften "growth-seen-too-often"
        "https://webassembly.github.io/spec/js-api/#refresh-the-memory-buffer"
        "the embedding is told of growth that did not happen"
    SizeStale "size-stale"
        "https://webassembly.github.io/spec/js-api/#create-a-fixed-length-memory-buffer"
        "the host is told the size that an unshared memory had at first"
    SharedSizeStale "shared-size-stale"
        "https://webassembly.github.io/threads/js-api/#refresh-the-memory-buffer"
        "the host is told the size that a shared memory had at first"
    GrowReturnsNewSize "grow-returns-new-size"
        "https://webassembly.github.io/spec/js-api/#dom-memory-grow"
        "growth by the host returns the new size"
    GrowDoesNothing "grow-does-nothing"
        "https://webassembly.github.io/spec/js-api/#dom-memory-grow"
        "growth by the host does not grow"
    GrowFailureSucceeds "grow-failure-succeeds"
        "https://webassembly.github.io/spec/js-api/#dom-memory-grow"
        "growth by the host beyond the maximum returns 0"
    GrowOneMore "grow-one-more"
        "https://webassembly.github.io/spec/js-api/#dom-memory-grow"
        "growth by the host grows by one page more"
    MaximumIgnored "maximum-ignored"
        "https://webassembly.github.io/spec/js-api/#dom-memory-memory"
        "a memory that the host makes has no maximum"
    InitialOneMore "initial-one-more"
        "https://webassembly.github.io/spec/js-api/#dom-memory-memory"
        "a memory that the host makes has a page more at first"
    ReadsReversed "host-reads-reversed"
        "https://tc39.es/ecma262/#sec-rawbytestonumeric"
        "the host reads several bytes in reverse"
    WritesReversed "host-writes-reversed"
        "https://tc39.es/ecma262/#sec-numerictorawbytes"
        "the host writes several bytes in reverse"
    WritesLost "host-writes-lost"
        "https://tc39.es/ecma262/#sec-setvalueinbuffer"
        "what the host writes is lost"
    WritesOneShort "host-writes-a-byte-short"
        "https://tc39.es/ecma262/#sec-setvalueinbuffer"
        "the last of several bytes that the host writes is lost"
    ImportCopiesSharedMemory "import-copies-shared-memory"
        "https://webassembly.github.io/threads/core/exec/modules.html#exec-instantiation"
        "an instance that imports a shared memory gets a copy of it"
    AtomicsReturnNewValue "host-atomics-return-new-value"
        "https://tc39.es/ecma262/#sec-atomicreadmodifywrite"
        "read-modify-writes of the host return the new value"
    AtomicsAreTorn "host-atomics-not-atomic"
        "https://tc39.es/ecma262/#sec-atomicreadmodifywrite"
        "read-modify-writes of the host are a load and a store"
    CompareExchangeAlwaysStores "host-compare-exchange-always-stores"
        "https://tc39.es/ecma262/#sec-atomics.compareexchange"
        "a compare-exchange of the host stores whatever it finds"
    WaitDoesNotWait "host-wait-does-not-wait"
        "https://tc39.es/ecma262/#sec-dowait"
        "the host's wait returns at once, as if notified"
    WaitNotEqualIsOk "host-wait-not-equal-is-ok"
        "https://tc39.es/ecma262/#sec-dowait"
        "the host's wait on another value says that it was notified"
    WaitTimedOutIsOk "host-wait-timed-out-is-ok"
        "https://tc39.es/ecma262/#sec-dowait"
        "the host's wait whose time is over says that it was notified"
    WaitOkIsTimedOut "host-wait-ok-is-timed-out"
        "https://tc39.es/ecma262/#sec-dowait"
        "the host's wait that was notified says that its time is over"
    NotifyDropped "host-notify-dropped"
        "https://tc39.es/ecma262/#sec-atomics.notify"
        "the host's notify wakes nobody"
    NotifyWakesAll "host-notify-wakes-all"
        "https://tc39.es/ecma262/#sec-atomics.notify"
        "the host's notify of one wakes all"
    NotifyReturnsOneMore "host-notify-returns-one-more"
        "https://tc39.es/ecma262/#sec-atomics.notify"
        "the host's notify returns one more than it woke"
    ArgumentsTruncated "arguments-truncated"
        "https://webassembly.github.io/spec/js-api/#towebassemblyvalue"
        "an i64 argument reaches the guest as 32 bits"
    ResultsTruncated "results-truncated"
        "https://webassembly.github.io/spec/js-api/#tojsvalue"
        "an i64 result reaches the host as 32 bits"
    ResultsLoseSign "results-lose-sign"
        "https://webassembly.github.io/spec/js-api/#tojsvalue"
        "an i32 result reaches the host without its sign"
    ResultsCanonicaliseNan "results-canonicalise-nan"
        "https://webassembly.github.io/spec/core/exec/numerics.html#aux-fbits"
        "a NaN that a guest returns is the canonical one"
    CallbackArgumentsReversed "callback-arguments-reversed"
        "https://webassembly.github.io/spec/js-api/#create-a-host-function"
        "a callback gets its arguments in reverse"
    CallbackErrorsSwallowed "callback-errors-swallowed"
        "https://webassembly.github.io/spec/js-api/#create-a-host-function"
        "what a callback throws does not pass through the guest"
    TrapIsExhaustion "trap-is-exhaustion"
        "https://webassembly.github.io/spec/core/intro/overview.html#trap"
        "a trap is reported as an exhausted stack"
    ExhaustionIsTrap "exhaustion-is-trap"
        "https://webassembly.github.io/spec/js-api/#stack-overflow"
        "an exhausted stack is reported as a trap"
    TrapIsSwallowed "trap-is-swallowed"
        "https://webassembly.github.io/spec/core/intro/overview.html#trap"
        "a call whose guest traps returns nothing"
    LinkFailureTraps "link-failure-traps"
        "https://webassembly.github.io/spec/js-api/#read-the-imports"
        "an import that does not fit traps"
}

/// Growth by the host.
pub(super) fn grown(fault: Fault, pages: u64, mut grow: impl FnMut(u64) -> Option<u64>) -> Option<u64> {
    match fault {
        Fault::GrowReturnsNewSize => grow(pages).map(|old| old + pages),
        Fault::GrowDoesNothing => grow(0),
        Fault::GrowFailureSucceeds => grow(pages).or(Some(0)),
        Fault::GrowOneMore if pages > 0 => grow(pages + 1),
        _ => grow(pages),
    }
}

/// Bytes that the host has read.
pub(super) fn received(fault: Fault, bytes: &mut [u8]) {
    if fault == Fault::ReadsReversed {
        bytes.reverse();
    }
}

/// Bytes that the host writes; nothing where they are lost.
pub(super) fn sent(fault: Fault, bytes: &[u8]) -> Option<Vec<u8>> {
    match fault {
        Fault::WritesLost => None,
        Fault::WritesReversed => Some(bytes.iter().rev().copied().collect()),
        Fault::WritesOneShort if bytes.len() > 1 => Some(bytes[..bytes.len() - 1].to_vec()),
        _ => Some(bytes.to_vec()),
    }
}
