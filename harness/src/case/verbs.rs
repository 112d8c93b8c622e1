//! The verbs of the case language. One definition a verb gives its type, its decoder and its schema;
//! what a verb means is in `resolve`.

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator};

use super::argument::Argument;
use super::decode::{At, Count, Decode, Flag, Literal, OneOrMany, Report, Table, record};
use super::expect::ExpectForm;
use super::names::{Address, ExportRef, Name, Order, Ref};
use super::node::Node;
use super::plan::{AtomicOp, EachMethod, Element, Via, ViewType};
use super::step::StepForm;
use super::travel::{MessageForm, PatternForm};

/// The keys that every verb has.
#[derive(Clone, Debug)]
pub struct Common {
    /// Who does it.
    pub agent: Option<Name>,
    /// What the specification demands.
    pub expect: Option<ExpectForm>,
    /// The name under which it is begun and not waited for.
    pub start: Option<Name>,
    /// How often.
    pub repeat: Option<Count>,
    /// The result that means a refused resource.
    pub refused: Option<Literal>,
    /// The claims that this step decides for the case.
    pub decides: Option<OneOrMany<Count>>,
}

macro_rules! verbs {
    ($(
        $(#[doc = $doc:literal])+
        $name:literal $variant:ident {
            $($(#[doc = $field_doc:literal])+ $key:literal $field:ident: $type:ty,)*
        }
    )+) => {
        /// The verbs' keys.
        pub mod keys {
            use super::*;

            $(record! {
                $(#[doc = $doc])+
                $variant {
                    $($(#[doc = $field_doc])+ $key $field: $type,)*
                    /// Who does it; `main` where absent.
                    "agent" agent: Option<Name>,
                    /// What the specification demands; without it the result is still compared between runtimes.
                    "expect" expect: Option<ExpectForm>,
                    /// Begin, and do not wait; a later `join` waits and says what is expected.
                    "start" start: Option<Name>,
                    /// Do it so many times; the expectation holds for every round.
                    "repeat" repeat: Option<Count>,
                    /// A call that returns exactly this was refused a resource: the case is inconclusive.
                    "refused" refused: Option<Literal>,
                    /// The case bears on these of its claims by what this step does, and not as a whole.
                    "decides" decides: Option<OneOrMany<Count>>,
                }
            })+
        }

        /// What a step does.
        #[derive(Clone, Debug)]
        #[allow(missing_docs, clippy::large_enum_variant)] // the keys are documented where they are defined
        pub enum Verb {
            $($variant(keys::$variant),)+
        }

        impl Verb {
            /// All verbs, as they are written.
            pub const NAMES: &[&str] = &[$($name),+];

            /// The verb as it is written.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// The keys that every verb has.
            pub fn common(&self) -> Common {
                match self {
                    $(Self::$variant(keys) => Common {
                        agent: keys.agent.clone(),
                        expect: keys.expect.clone(),
                        start: keys.start.clone(),
                        repeat: keys.repeat.clone(),
                        refused: keys.refused.clone(),
                        decides: keys.decides.clone(),
                    },)+
                }
            }

            /// Decode the keys of the verb `name`.
            pub fn decode(name: &str, node: &Node, report: &mut Report) -> Option<Self> {
                match name {
                    $($name => keys::$variant::decode(node, report).map(Self::$variant),)+
                    _ => None,
                }
            }

            #[cfg(feature = "schema")]
            /// The schema of each verb's keys.
            pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
                vec![$(($name, keys::$variant::schema(generator))),+]
            }
        }
    };
}

verbs! {
    /// Make a memory: `new WebAssembly.Memory(...)`.
    "memory" Memory {
        /// The memory's name.
        "as" name: Name,
        /// The pages that it begins with.
        "initial" initial: Option<Literal>,
        /// The pages that it may grow to.
        "maximum" maximum: Option<Literal>,
        /// Is it shared between agents?
        "shared" shared: Option<Flag>,
        /// The type of its addresses; `i32` where absent.
        "address" address: Option<At<Address>>,
        /// The descriptor's properties verbatim, instead of the keys above.
        "descriptor" descriptor: Option<Table<Literal>>,
    }
    /// Take a memory from an instance's exports.
    "take" Take {
        /// The export: `instance.name`.
        "export" export: ExportRef,
        /// The memory's name.
        "as" name: Name,
    }
    /// A memory's size in pages.
    "size" Size {
        /// The memory.
        "memory" memory: Name,
    }
    /// Grow a memory from the host. Returns the old size in pages.
    "grow" Grow {
        /// The memory.
        "memory" memory: Name,
        /// By so many pages.
        "by" by: Argument,
    }
    /// Keep a memory's current buffer. Returns the name of its class.
    "buffer" Buffer {
        /// The memory.
        "memory" memory: Name,
        /// The buffer's name.
        "as" name: Name,
    }
    /// `memory.toResizableBuffer()`. Returns the name of the buffer's class.
    "to-resizable" ToResizable {
        /// The memory.
        "memory" memory: Name,
        /// The buffer's name.
        "as" name: Name,
    }
    /// `memory.toFixedLengthBuffer()`. Returns the name of the buffer's class.
    "to-fixed-length" ToFixedLength {
        /// The memory.
        "memory" memory: Name,
        /// The buffer's name.
        "as" name: Name,
    }
    /// Resize a resizable buffer, or grow a growable shared one.
    "resize" Resize {
        /// The buffer.
        "buffer" buffer: Ref,
        /// Its new length in bytes.
        "to" to: Argument,
    }
    /// Are two objects the same one?
    "same" Same {
        /// Two handles, or `handle.buffer`.
        "objects" objects: Vec<Ref>,
    }
    /// The `byteLength` of a buffer or view.
    "byte-length" ByteLength {
        /// The buffer or view.
        "of" of: Ref,
    }
    /// The `byteOffset` of a view.
    "byte-offset" ByteOffset {
        /// The view.
        "of" of: Ref,
    }
    /// The `length` of a typed array.
    "length" Length {
        /// The typed array.
        "of" of: Ref,
    }
    /// The `maxByteLength` of a buffer.
    "max-byte-length" MaxByteLength {
        /// The buffer.
        "of" of: Ref,
    }
    /// Is an `ArrayBuffer` resizable?
    "resizable" Resizable {
        /// The buffer.
        "of" of: Ref,
    }
    /// Is a `SharedArrayBuffer` growable?
    "growable" Growable {
        /// The buffer.
        "of" of: Ref,
    }
    /// Is a buffer detached?
    "detached" Detached {
        /// The buffer.
        "buffer" buffer: Ref,
    }
    /// Make a view over a buffer.
    "view" View {
        /// The view's name.
        "as" name: Name,
        /// The typed array's class, or `DataView`.
        "type" ty: At<ViewType>,
        /// The buffer; a memory's name means its current one.
        "over" over: Ref,
        /// The first byte.
        "offset" offset: Option<Argument>,
        /// In elements; tracks the buffer's length where absent, if the buffer is resizable.
        "length" length: Option<Argument>,
    }
    /// `view.subarray(begin, end)`: a view over the same buffer.
    "subarray" Subarray {
        /// The new view's name.
        "as" name: Name,
        /// The typed array.
        "view" view: Name,
        /// The first element.
        "begin" begin: Option<Argument>,
        /// One past the last element.
        "end" end: Option<Argument>,
    }
    /// `slice(begin, end)` of a view or buffer: a copy.
    "slice" Slice {
        /// The copy's name.
        "as" name: Name,
        /// The view or buffer.
        "of" of: Ref,
        /// The first element or byte.
        "begin" begin: Option<Argument>,
        /// One past the last.
        "end" end: Option<Argument>,
    }
    /// An element, or `undefined`.
    "get" Get {
        /// The typed array.
        "view" view: Name,
        /// Which element.
        "index" index: Literal,
    }
    /// Write an element.
    "put" Put {
        /// The typed array.
        "view" view: Name,
        /// Which element.
        "index" index: Literal,
        /// What is written.
        "value" value: Argument,
    }
    /// `view.set(source, offset)`.
    "set" Set {
        /// The typed array.
        "view" view: Name,
        /// The values; or `from`.
        "values" values: Option<Vec<Argument>>,
        /// The typed array that is copied; or `values`.
        "from" from: Option<Name>,
        /// The first element that is written.
        "offset" offset: Option<Argument>,
    }
    /// `view.fill(value, begin, end)`.
    "fill" Fill {
        /// The typed array.
        "view" view: Name,
        /// What is written.
        "value" value: Argument,
        /// The first element.
        "begin" begin: Option<Argument>,
        /// One past the last element.
        "end" end: Option<Argument>,
    }
    /// `view.copyWithin(target, begin, end)`.
    "copy-within" CopyWithin {
        /// The typed array.
        "view" view: Name,
        /// Where the copy goes.
        "target" target: Argument,
        /// The first element that is copied.
        "begin" begin: Argument,
        /// One past the last.
        "end" end: Option<Argument>,
    }
    /// Read through a `DataView`.
    "data-get" DataGet {
        /// The `DataView`.
        "view" view: Name,
        /// The first byte.
        "offset" offset: Argument,
        /// The element's type.
        "type" ty: At<Element>,
        /// The byte order; needed where the element has more than one byte.
        "order" order: Option<At<Order>>,
    }
    /// Write through a `DataView`.
    "data-put" DataPut {
        /// The `DataView`.
        "view" view: Name,
        /// The first byte.
        "offset" offset: Argument,
        /// The element's type.
        "type" ty: At<Element>,
        /// The byte order; needed where the element has more than one byte.
        "order" order: Option<At<Order>>,
        /// What is written.
        "value" value: Argument,
    }
    /// Bytes of a buffer, in hexadecimal.
    "read" Read {
        /// The buffer; a memory's name means its current one.
        "buffer" buffer: Ref,
        /// The first byte.
        "at" at: Literal,
        /// How many bytes.
        "count" count: Literal,
    }
    /// Write bytes to a buffer.
    "write" Write {
        /// The buffer; a memory's name means its current one.
        "buffer" buffer: Ref,
        /// The first byte.
        "at" at: Literal,
        /// In hexadecimal; spaces between bytes are ignored.
        "bytes" bytes: Literal,
    }
    /// The SHA-256 of a buffer's bytes.
    "digest" Digest {
        /// The buffer; a memory's name means its current one.
        "buffer" buffer: Ref,
        /// The first byte.
        "at" at: Option<Literal>,
        /// How many bytes.
        "count" count: Option<Literal>,
    }
    /// Call a typed array's method with a callback that runs steps. Returns the elements that the
    /// callback was given.
    "each" Each {
        /// The typed array.
        "view" view: Name,
        /// The method, or `iterate` for a loop over the view.
        "method" method: At<EachMethod>,
        /// The call in which the steps run, from 0; the first where absent.
        "at" at: Option<Count>,
        /// What the callback does.
        "steps" steps: Vec<StepForm>,
        /// The name of the typed array that `map` or `filter` returns.
        "as" name: Option<Name>,
    }
    /// `TextDecoder.decode`: the text that the bytes are in UTF-8.
    "decode" Decode {
        /// The buffer or view; a memory's name means its current buffer.
        "of" of: Ref,
    }
    /// `TextEncoder.encodeInto`. Returns how many UTF-16 units were read and how many bytes written.
    "encode-into" EncodeInto {
        /// The `Uint8Array`.
        "view" view: Name,
        /// The text.
        "text" text: Literal,
    }
    /// An operation of `Atomics`.
    "atomic" Atomic {
        /// Which one.
        "action" action: At<AtomicOp>,
        /// The integer typed array.
        "view" view: Name,
        /// Which element.
        "index" index: Argument,
        /// The operand; of `compare-exchange`, the replacement.
        "value" value: Option<Argument>,
        /// Of `compare-exchange`, the expected value.
        "expected" expected: Option<Argument>,
    }
    /// `Atomics.wait`: `ok`, `not-equal` or `timed-out`.
    "wait" Wait {
        /// An `Int32Array` or `BigInt64Array` over shared memory.
        "view" view: Name,
        /// Which element.
        "index" index: Argument,
        /// The value that it must have.
        "value" value: Argument,
        /// In milliseconds; for ever where absent.
        "timeout" timeout: Option<Argument>,
    }
    /// `Atomics.notify`: how many agents were woken.
    "notify" Notify {
        /// The typed array.
        "view" view: Name,
        /// Which element.
        "index" index: Argument,
        /// How many at most; all where absent.
        "count" count: Option<Argument>,
        /// Repeat until so many were woken, and return the sum.
        "until" until: Option<Count>,
    }
    /// `Atomics.waitAsync`: `async`, `not-equal` or `timed-out`.
    "wait-async" WaitAsync {
        /// The promise's name.
        "as" name: Name,
        /// An `Int32Array` or `BigInt64Array` over shared memory.
        "view" view: Name,
        /// Which element.
        "index" index: Argument,
        /// The value that it must have.
        "value" value: Argument,
        /// In milliseconds; for ever where absent.
        "timeout" timeout: Option<Argument>,
    }
    /// Wait for a promise in the event loop. Returns what it resolves to.
    "settle" Settle {
        /// The promise.
        "promise" promise: Name,
    }
    /// Is a promise pending after a turn of the event loop?
    "pending" Pending {
        /// The promise.
        "promise" promise: Name,
    }
    /// Compile a guest.
    "compile" Compile {
        /// The guest; may be left out where there is only one.
        "guest" guest: Option<Name>,
        /// The module's name.
        "as" name: Name,
    }
    /// Instantiate a guest or a module.
    "instantiate" Instantiate {
        /// The guest, compiled for this; may be left out where there is only one.
        "guest" guest: Option<Name>,
        /// A module that was compiled or received.
        "module" module: Option<Name>,
        /// The instance's name.
        "as" name: Name,
        /// `module.name: memory | instance.export | callback | number`.
        "import" import: Option<Table<Literal>>,
        /// Memories given although the module does not import them: `module.name: memory`. The JS
        /// API does not look at them.
        "superfluous" superfluous: Option<Table<Literal>>,
    }
    /// Call an export.
    "call" Call {
        /// The export: `instance.name`.
        "export" export: ExportRef,
        /// One argument a parameter.
        "args" args: Option<Vec<Argument>>,
        /// Keep the result under this name; `$name` is then an argument.
        "as" name: Option<Name>,
    }
    /// Send a message.
    "post" Post {
        /// The agent that it is sent to.
        "to" to: Name,
        /// A handle, or a mapping or list of them.
        "message" message: MessageForm,
        /// How it travels; `message` where absent.
        "via" via: Option<At<Via>>,
        /// The buffers that are transferred, not copied.
        "transfer" transfer: Option<Vec<Ref>>,
    }
    /// Take the oldest message, in the event loop.
    "receive" Receive {
        /// A name, or a mapping or list of names.
        "as" pattern: PatternForm,
        /// Who sent it.
        "from" from: Option<Name>,
        /// How it travelled.
        "via" via: Option<At<Via>>,
    }
    /// Go once round the event loop.
    "turn" Turn {
    }
    /// Wait for a started step.
    "join" Join {
        /// The name that `start` gave.
        "started" started: Name,
    }
    /// Stop a worker wherever it is.
    "terminate" Terminate {
        /// The worker.
        "target" target: Name,
    }
    /// `structuredClone`.
    "structured-clone" StructuredClone {
        /// The clone's name.
        "as" name: Name,
        /// A handle, or a mapping or list of them.
        "message" message: MessageForm,
        /// The buffers that are transferred, not copied.
        "transfer" transfer: Option<Vec<Ref>>,
    }
    /// `buffer.transfer(length)`.
    "transfer" Transfer {
        /// The new buffer's name.
        "as" name: Name,
        /// The buffer.
        "buffer" buffer: Ref,
        /// The new length in bytes.
        "length" length: Option<Argument>,
    }
    /// A block with a `using` declaration whose disposal calls an export.
    "using" Using {
        /// What disposal calls.
        "dispose" dispose: Dispose,
        /// The block.
        "steps" steps: Vec<StepForm>,
        /// Does what a step throws leave the block?
        "propagate" propagate: Option<Flag>,
    }
}

record! {
    /// A call without expectations.
    Dispose {
        /// The export: `instance.name`.
        "export" export: ExportRef,
        /// One argument a parameter.
        "args" args: Option<Vec<Argument>>,
    }
}

impl Verb {
    /// The names of the handles that a step makes.
    pub fn makes(&self) -> Vec<&Name> {
        match self {
            Self::Memory(keys) => vec![&keys.name],
            Self::Take(keys) => vec![&keys.name],
            Self::Buffer(keys) => vec![&keys.name],
            Self::ToResizable(keys) => vec![&keys.name],
            Self::ToFixedLength(keys) => vec![&keys.name],
            Self::View(keys) => vec![&keys.name],
            Self::Subarray(keys) => vec![&keys.name],
            Self::Slice(keys) => vec![&keys.name],
            Self::WaitAsync(keys) => vec![&keys.name],
            Self::Compile(keys) => vec![&keys.name],
            Self::Instantiate(keys) => vec![&keys.name],
            Self::StructuredClone(keys) => vec![&keys.name],
            Self::Transfer(keys) => vec![&keys.name],
            Self::Receive(keys) => keys.pattern.names(),
            Self::Each(keys) => keys.name.iter().collect(),
            _ => Vec::new(),
        }
    }
}
