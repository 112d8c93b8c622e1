//! The plan: a case resolved into numbered, fully typed steps. It is all that an executor sees, and
//! its serde form is the wire form (node-runner/README.md describes it for other executors).
//!
//! Expectations, clauses and places in the source stay behind in [`super::Case`]: an executor
//! cannot be swayed by what it does not know.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{ValType, Value};

/// The agent that every plan has.
pub const MAIN: &str = "main";

/// A case as an executor gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The case's id, for messages.
    pub id: String,
    /// The workers, beside [`MAIN`].
    pub agents: Vec<String>,
    /// What the runtime must have for this plan to be run at all.
    pub needs: Vec<Feature>,
    /// The guests, compiled to binaries.
    pub guests: Vec<Guest>,
    /// Host functions whose bodies are steps.
    pub callbacks: Vec<Callback>,
    /// The steps of all agents, in the order in which they run.
    pub steps: Vec<Step>,
}

/// A guest module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    /// Its name within the plan.
    pub name: String,
    /// The binary.
    #[serde(with = "base64_bytes")]
    pub wasm: Vec<u8>,
}

/// A host function that a guest imports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Callback {
    /// Its name within the plan.
    pub name: String,
    /// The number under which each call's arguments are observed.
    pub number: u32,
    /// Its parameters' types.
    pub params: Vec<ValType>,
    /// Its results' types.
    pub results: Vec<ValType>,
    /// What it does when called, on the agent that called the guest.
    pub steps: Vec<Step>,
    /// How it ends.
    pub ending: CallbackEnding,
}

/// What a callback does after its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallbackEnding {
    /// It returns these values.
    Returns(Vec<Operand>),
    /// It throws a JavaScript error of this class.
    Throws(String),
}

/// One operation by one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique over the whole plan, callbacks' steps and `using` bodies included; ascending in the
    /// order in which steps are written.
    pub number: u32,
    /// Who does it. In a callback, whoever called.
    pub agent: String,
    /// Present where the step is started and not waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// How often it is done; every round's result counts. 1 where the case says nothing.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub repeat: u32,
    /// What is done.
    #[serde(flatten)]
    pub op: Op,
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_one(repeat: &u32) -> bool {
    *repeat == 1
}

/// How a started step is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The number of the `join` step under which the result is observed; none where the agent is
    /// terminated before it could be joined.
    pub join: Option<u32>,
}

/// A handle, or something that a handle's object has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HandleRef {
    /// The handle's name; names belong to the agent that made or received them.
    pub handle: String,
    /// Take the object's `buffer` instead of the object: a memory's current one, a view's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub buffer: bool,
}

/// An argument: a value, one that an earlier step of the same agent kept under a name, or an object
/// whose conversion runs steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    /// An object with a `valueOf` of the case's.
    Converting(Converting),
    /// An earlier result.
    Kept(Kept),
    /// A value that the case states.
    Literal(Value),
}

/// An object whose `valueOf` runs steps and then returns a value: they run in the middle of the
/// operation that converts its argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Converting {
    /// What it returns.
    #[serde(rename = "value-of")]
    pub value_of: Box<Operand>,
    /// What it does before.
    pub steps: Vec<Step>,
}

/// An earlier result used as an argument: `kept [>>> 0] + plus`, converted to `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The name that the earlier step gave its result.
    pub kept: String,
    /// The type that the argument must have.
    #[serde(rename = "type")]
    pub ty: OperandType,
    /// Read a Wasm integer as unsigned before anything else. Without it a host argument is the
    /// signed number that JavaScript sees.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned: bool,
    /// Added, wrapping at the width of a Wasm type.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub plus: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_first(at: &u32) -> bool {
    *at == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_zero(plus: &i64) -> bool {
    *plus == 0
}

/// What a kept value is converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperandType {
    /// A Wasm `i32`.
    I32,
    /// A Wasm `i64`.
    I64,
    /// A Wasm `f32`.
    F32,
    /// A Wasm `f64`.
    F64,
    /// A JavaScript number.
    Number,
    /// A JavaScript BigInt.
    BigInt,
}

/// The class of a view over a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)] // the names are ECMAScript's
pub enum ViewType {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
    /// Node's, a `Uint8Array` whose `slice` is none.
    Buffer,
}

/// The type of a `DataView` access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are those of DataView's methods
pub enum Element {
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float32,
    Float64,
    BigInt64,
    BigUint64,
}

/// A read-modify-write or plain operation of `Atomics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are those of Atomics' methods
pub enum AtomicOp {
    Load,
    Store,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange,
}

/// A method of typed arrays that calls back, or the loop over one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EachMethod {
    /// `forEach`.
    ForEach,
    /// `map`, to the elements themselves.
    Map,
    /// `filter`, which keeps them all.
    Filter,
    /// `every`, which finds every one right.
    Every,
    /// `some`, which finds none right.
    Some,
    /// `find`, which finds none.
    Find,
    /// `findLast`, which finds none.
    FindLast,
    /// `reduce`, with an initial value.
    Reduce,
    /// `reduceRight`, with an initial value.
    ReduceRight,
    /// `sort`, with a comparator for ascending order.
    Sort,
    /// `for (const element of view)`.
    Iterate,
}

/// A property that is read from a buffer or a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // the names are ECMAScript's
pub enum Property {
    ByteLength,
    ByteOffset,
    Length,
    MaxByteLength,
    Resizable,
    Growable,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// `postMessage` on the worker, or on the worker's parent port.
    #[default]
    Message,
    /// `postMessage` on one port of a `MessageChannel` whose other port the receiver has.
    Channel,
    /// `workerData`: the worker is made by this step, with the message.
    WorkerData,
}

/// A structure that is sent or cloned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// What a handle names.
    Handle(HandleRef),
    /// A plain object with these properties, in order.
    Object(Vec<(String, Message)>),
    /// An array.
    Array(Vec<Message>),
    /// A value.
    Literal(Value),
}

/// How a received structure is taken apart into handles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// Name the whole.
    As(String),
    /// Name properties of an object.
    Object(Vec<(String, Pattern)>),
    /// Name elements of an array.
    Array(Vec<Pattern>),
}

/// Where an instance's import comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The import's module name.
    pub module: String,
    /// The import's field name.
    pub name: String,
    /// What is given.
    #[serde(flatten)]
    pub source: ImportSource,
}

/// What satisfies an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportSource {
    /// A memory by its handle, or an instance's export by `instance.export`.
    Handle(String),
    /// Another instance's export of any kind.
    Export {
        /// The instance's handle.
        instance: String,
        /// The export's name.
        export: String,
    },
    /// A host function of the plan.
    Callback(String),
    /// A plain value, for an imported immutable global.
    Value(Value),
}

/// The module that a step works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModuleRef {
    /// Compile this guest of the plan now.
    Guest(String),
    /// A module that was compiled or received before.
    Handle(String),
}

/// A call of an instance's exported function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The instance's handle.
    pub instance: String,
    /// The function's export name.
    pub export: String,
    /// Arguments, one a parameter.
    pub args: Vec<Operand>,
    /// The function's result types.
    pub results: Vec<ValType>,
}

/// What a step does. The comments say what is returned; anything may throw as ECMAScript and the
/// WebAssembly JS API say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Op {
    /// `new WebAssembly.Memory(descriptor)`, the descriptor's properties given verbatim. Returns
    /// nothing.
    Memory { r#as: String, descriptor: Vec<(String, Operand)> },
    /// Take a memory from an instance's exports. Returns nothing.
    Take { r#as: String, instance: String, export: String },
    /// A memory's size in pages, by its buffer's length. Returns a number.
    Size { memory: String },
    /// `memory.grow(by)`. Returns the old size: a number, or a BigInt for a 64-bit memory.
    Grow { memory: String, by: Operand },
    /// Keep the memory's current `buffer`. Returns the name of its class.
    Buffer { r#as: String, memory: String },
    /// `memory.toResizableBuffer()`. Returns the name of the buffer's class.
    ToResizable { r#as: String, memory: String },
    /// `memory.toFixedLengthBuffer()`. Returns the name of the buffer's class.
    ToFixedLength { r#as: String, memory: String },
    /// `ArrayBuffer.prototype.resize` or `SharedArrayBuffer.prototype.grow`. Returns nothing.
    Resize { buffer: HandleRef, to: Operand },
    /// Are two objects the same one (`===`)? Returns a boolean.
    Same { left: HandleRef, right: HandleRef },
    /// Read a property. Returns its value.
    Property { of: HandleRef, property: Property },
    /// Is a buffer detached? By its `detached` property where there is one, else by whether a view
    /// can be made over it. Returns a boolean; false for a `SharedArrayBuffer`.
    Detached { buffer: HandleRef },
    /// `new Type(buffer[, offset[, length]])`. Returns nothing.
    View {
        r#as: String,
        #[serde(rename = "type")]
        ty: ViewType,
        buffer: HandleRef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<Operand>,
    },
    /// `view.subarray(begin, end)`. Returns nothing.
    Subarray {
        r#as: String,
        view: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begin: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Operand>,
    },
    /// `view.slice(begin, end)` or `buffer.slice(begin, end)`: a copy. Returns nothing.
    Slice {
        r#as: String,
        of: HandleRef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begin: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Operand>,
    },
    /// `view[index]`. Returns the element, or undefined.
    Get { view: String, index: Operand },
    /// `view[index] = value` in strict mode. Returns nothing.
    Put { view: String, index: Operand, value: Operand },
    /// `view.set(source, offset)`. Returns nothing.
    Set {
        view: String,
        source: SetSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<Operand>,
    },
    /// `view.fill(value, begin, end)`. Returns nothing.
    Fill {
        view: String,
        value: Operand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begin: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Operand>,
    },
    /// `view.copyWithin(target, begin, end)`. Returns nothing.
    CopyWithin {
        view: String,
        target: Operand,
        begin: Operand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Operand>,
    },
    /// `dataView.getType(offset, little)`. Returns the element.
    DataGet { view: String, offset: Operand, element: Element, little: bool },
    /// `dataView.setType(offset, value, little)`. Returns nothing.
    DataPut { view: String, offset: Operand, element: Element, value: Operand, little: bool },
    /// Copy bytes out of a buffer through a new `Uint8Array(buffer, at, count)`. Returns bytes.
    Read { buffer: HandleRef, at: Operand, count: Operand },
    /// Copy bytes into a buffer through a new `Uint8Array(buffer, at, length)`. Returns nothing.
    Write {
        buffer: HandleRef,
        at: Operand,
        #[serde(with = "hex_bytes")]
        bytes: Vec<u8>,
    },
    /// The SHA-256 of a range, or of the whole buffer. With `pages`, one digest for each 64 KiB.
    /// Returns digests.
    Digest {
        buffer: HandleRef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<Operand>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pages: bool,
    },
    /// Call a method with a callback that runs the steps in its call number `at`, from 0. Returns the
    /// elements that the callback was given, in order; of `sort`, nothing.
    Each {
        view: String,
        method: EachMethod,
        #[serde(default, skip_serializing_if = "is_first")]
        at: u32,
        steps: Vec<Step>,
        /// Keep the typed array that `map` or `filter` returned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        r#as: Option<String>,
    },
    /// `new TextDecoder().decode(of)`. Returns a string.
    Decode { of: HandleRef },
    /// `new TextEncoder().encodeInto(text, view)`. Returns two numbers: the UTF-16 units read, the
    /// bytes written.
    EncodeInto { view: String, text: String },
    /// An operation of `Atomics`. Returns what it returns.
    Atomic {
        action: AtomicOp,
        view: String,
        index: Operand,
        /// The value stored, added, ...; a compareExchange's replacement.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Operand>,
        /// A compareExchange's expected value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<Operand>,
    },
    /// `Atomics.wait(view, index, value, timeout)`. Returns `"ok"`, `"not-equal"` or `"timed-out"`.
    Wait {
        view: String,
        index: Operand,
        value: Operand,
        /// In milliseconds; for ever if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Operand>,
    },
    /// `Atomics.notify(view, index, count)`. Returns the number of agents woken.
    ///
    /// With `until` it is called again and again until so many were woken in all, or
    /// [`NOTIFY_DEADLINE_MS`] have passed; then it returns the sum.
    Notify {
        view: String,
        index: Operand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<Operand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<u32>,
    },
    /// `Atomics.waitAsync`. Returns `"async"` and keeps the promise, or returns `"not-equal"` or
    /// `"timed-out"`.
    WaitAsync {
        r#as: String,
        view: String,
        index: Operand,
        value: Operand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Operand>,
    },
    /// Await a promise in the agent's event loop. Returns what it resolves to, or throws.
    Settle { promise: String },
    /// Take a turn of the event loop, then tell whether a promise is still pending. Returns a
    /// boolean.
    Pending { promise: String },
    /// `new WebAssembly.Module(bytes)`. Returns nothing.
    Compile { r#as: String, module: ModuleRef },
    /// `new WebAssembly.Instance(module, imports)`. Returns nothing.
    Instantiate { r#as: String, module: ModuleRef, imports: Vec<Import> },
    /// Call an export. Returns its results.
    Call {
        #[serde(flatten)]
        call: Call,
        /// Keep the single result under this name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        r#as: Option<String>,
    },
    /// Send a message. Returns nothing.
    Post {
        to: String,
        message: Message,
        via: Via,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        transfer: Vec<HandleRef>,
    },
    /// Take the message that `post` (a step's number) sent, in the agent's event loop. Returns
    /// nothing; throws `DataCloneError` where the message could not be deserialized.
    Receive { r#as: Pattern, from: String, via: Via, post: u32 },
    /// Once round the agent's event loop. Returns nothing.
    Turn,
    /// Stop a worker wherever it is. Returns nothing.
    Terminate { target: String },
    /// Wait for a started step to end. Its result is observed under this step's number.
    Join { started: u32 },
    /// `structuredClone(message, {transfer})`. Returns nothing.
    StructuredClone {
        r#as: String,
        message: Message,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        transfer: Vec<HandleRef>,
    },
    /// `buffer.transfer(length)`. Returns nothing.
    Transfer {
        r#as: String,
        buffer: HandleRef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<Operand>,
    },
    /// A block with a `using` declaration whose disposal calls an export; the steps are the block.
    /// Returns nothing; throws what disposal throws. With `propagate`, a step that throws or traps
    /// ends the block with that error, and the block's other steps are skipped.
    Using {
        dispose: Call,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        propagate: bool,
        steps: Vec<Step>,
    },
}

impl Op {
    /// Does the step make something that later steps have by a name?
    pub fn keeps(&self) -> bool {
        match self {
            Self::Memory { .. }
            | Self::Take { .. }
            | Self::Buffer { .. }
            | Self::ToResizable { .. }
            | Self::ToFixedLength { .. }
            | Self::View { .. }
            | Self::Subarray { .. }
            | Self::Slice { .. }
            | Self::WaitAsync { .. }
            | Self::Compile { .. }
            | Self::Instantiate { .. }
            | Self::Receive { .. }
            | Self::StructuredClone { .. }
            | Self::Transfer { .. } => true,
            Self::Call { r#as, .. } | Self::Each { r#as, .. } => r#as.is_some(),
            _ => false,
        }
    }
}

/// How long a `notify` with `until` keeps trying, in milliseconds.
pub const NOTIFY_DEADLINE_MS: u64 = 2000;

/// What `TypedArray.prototype.set` copies from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetSource {
    /// A typed array.
    View(String),
    /// An array of values.
    Values(Vec<Operand>),
}

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Something that a runtime may lack. It is probed, never assumed; the probes are listed
        /// in node-runner/README.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Feature {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl Feature {
            /// All of them.
            pub const ALL: &[Feature] = &[$(Feature::$variant),+];

            /// Its name in cases, reports and the protocol.
            pub fn name(self) -> &'static str {
                match self { $(Feature::$variant => $name),+ }
            }
        }
    };
}

features! {
    /// Wasm's threads proposal: shared memories, atomic instructions, wait and notify.
    Threads = "threads",
    /// 64-bit memories, in modules and from a descriptor's `address: "i64"`.
    Memory64 = "memory64",
    /// Shared 64-bit memories.
    SharedMemory64 = "shared-memory64",
    /// `memory.fill`, `memory.copy`, `memory.init`, `data.drop`.
    BulkMemory = "bulk-memory",
    /// 128-bit vectors.
    Simd = "simd",
    /// Several memories in one module.
    MultiMemory = "multi-memory",
    /// Workers.
    Agents = "agents",
    /// A JavaScript host: structuredClone, promises and whatever else only JavaScript has.
    Js = "js",
    /// `WebAssembly.Memory.prototype.toResizableBuffer` and `toFixedLengthBuffer`.
    ResizableBuffer = "resizable-buffer",
    /// `Atomics.waitAsync`.
    WaitAsync = "wait-async",
    /// `ArrayBuffer.prototype.transfer`.
    Transfer = "transfer",
    /// `using` declarations.
    Using = "using",
    /// Stopping an agent whose guest does not return.
    Terminate = "terminate",
    /// Stopping an agent that is parked in a guest's `memory.atomic.wait`.
    TerminateWaiting = "terminate-waiting",
    /// Enough memory for buffers above 4 GiB, and the wish to use it.
    LargeMemory = "large-memory",
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod base64_bytes {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map_err(D::Error::custom)
    }
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::value::hex(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::value::unhex(&text).ok_or_else(|| D::Error::custom("not hexadecimal"))
    }
}
