//! Instructions that take an address, as text and as signatures: what a fault needs to write a
//! wrong version of one. What the wrong versions are is said in the other files of this folder.

use wasmparser::{MemArg, MemoryType, Operator};

/// Makes a function from the operators that wasmparser knows to the names of their visitors.
macro_rules! visitor_names {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($note:tt)*))*) => {
        fn visitor_name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op { .. } => stringify!($visit),)*
                _ => "",
            }
        }
    };
}

wasmparser::for_each_operator!(visitor_names);

/// The name of an instruction in the text format, as far as it has the form `type.operation`.
pub(super) fn mnemonic(operator: &Operator<'_>) -> String {
    let name = visitor_name(operator).trim_start_matches("visit_");
    let Some((prefix, rest)) = name.split_once('_') else { return name.to_owned() };
    let Some(rest) = rest.strip_prefix("atomic_") else { return format!("{prefix}.{rest}") };
    match rest.split_once('_') {
        Some((rmw, rest)) if rmw.starts_with("rmw") => format!("{prefix}.atomic.{rmw}.{rest}"),
        _ => format!("{prefix}.atomic.{rest}"),
    }
}

macro_rules! memory_operators {
    ($operator:expr; $($plain:ident)*; $($lane:ident)*) => {
        match $operator {
            $(Operator::$plain { memarg } => Some((*memarg, None)),)*
            $(Operator::$lane { memarg, lane } => Some((*memarg, Some(*lane))),)*
            _ => None,
        }
    };
}

fn memarg(operator: &Operator<'_>) -> Option<(MemArg, Option<u8>)> {
    memory_operators!(operator;
        I32Load I64Load F32Load F64Load I32Load8S I32Load8U I32Load16S I32Load16U I64Load8S I64Load8U
        I64Load16S I64Load16U I64Load32S I64Load32U I32Store I64Store F32Store F64Store I32Store8
        I32Store16 I64Store8 I64Store16 I64Store32 MemoryAtomicNotify MemoryAtomicWait32
        MemoryAtomicWait64 I32AtomicLoad I64AtomicLoad I32AtomicLoad8U I32AtomicLoad16U
        I64AtomicLoad8U I64AtomicLoad16U I64AtomicLoad32U I32AtomicStore I64AtomicStore
        I32AtomicStore8 I32AtomicStore16 I64AtomicStore8 I64AtomicStore16 I64AtomicStore32
        I32AtomicRmwAdd I64AtomicRmwAdd I32AtomicRmw8AddU I32AtomicRmw16AddU I64AtomicRmw8AddU
        I64AtomicRmw16AddU I64AtomicRmw32AddU I32AtomicRmwSub I64AtomicRmwSub I32AtomicRmw8SubU
        I32AtomicRmw16SubU I64AtomicRmw8SubU I64AtomicRmw16SubU I64AtomicRmw32SubU I32AtomicRmwAnd
        I64AtomicRmwAnd I32AtomicRmw8AndU I32AtomicRmw16AndU I64AtomicRmw8AndU I64AtomicRmw16AndU
        I64AtomicRmw32AndU I32AtomicRmwOr I64AtomicRmwOr I32AtomicRmw8OrU I32AtomicRmw16OrU
        I64AtomicRmw8OrU I64AtomicRmw16OrU I64AtomicRmw32OrU I32AtomicRmwXor I64AtomicRmwXor
        I32AtomicRmw8XorU I32AtomicRmw16XorU I64AtomicRmw8XorU I64AtomicRmw16XorU
        I64AtomicRmw32XorU I32AtomicRmwXchg I64AtomicRmwXchg I32AtomicRmw8XchgU I32AtomicRmw16XchgU
        I64AtomicRmw8XchgU I64AtomicRmw16XchgU I64AtomicRmw32XchgU I32AtomicRmwCmpxchg
        I64AtomicRmwCmpxchg I32AtomicRmw8CmpxchgU I32AtomicRmw16CmpxchgU I64AtomicRmw8CmpxchgU
        I64AtomicRmw16CmpxchgU I64AtomicRmw32CmpxchgU V128Load V128Load8x8S V128Load8x8U
        V128Load16x4S V128Load16x4U V128Load32x2S V128Load32x2U V128Load8Splat V128Load16Splat
        V128Load32Splat V128Load64Splat V128Load32Zero V128Load64Zero V128Store;
        V128Load8Lane V128Load16Lane V128Load32Lane V128Load64Lane V128Store8Lane V128Store16Lane
        V128Store32Lane V128Store64Lane)
}

/// What an instruction with an address does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Load,
    Store,
    /// A read-modify-write but compare-exchange.
    Rmw,
    Cmpxchg,
    Wait,
    Notify,
    /// Load of one lane into a vector.
    LaneLoad,
    /// Store of one lane.
    LaneStore,
}

/// One instruction with an address.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// Its name in the text format.
    pub name: String,
    pub kind: Kind,
    /// Whether it is of the threads proposal.
    pub atomic: bool,
    /// The type of the value that is loaded, stored or compared.
    pub value: &'static str,
    /// How many bytes of the memory it touches.
    pub width: u64,
    /// The type of the memory's addresses.
    pub address: &'static str,
    /// The memory's index.
    pub memory: u32,
    pub shared: bool,
    pub offset: u64,
    /// The exponent of the alignment hint.
    pub align: u8,
    pub lane: Option<u8>,
}

impl Access {
    /// The access that an instruction makes, if it is of that kind.
    pub fn of(operator: &Operator<'_>, memories: &[MemoryType]) -> Option<Self> {
        let (memarg, lane) = memarg(operator)?;
        let memory = memories.get(memarg.memory as usize)?;
        let name = mnemonic(operator);
        let kind = kind(&name);
        Some(Self {
            kind,
            atomic: name.contains("atomic"),
            value: value_type(&name),
            width: 1 << memarg.max_align,
            address: if memory.memory64 { "i64" } else { "i32" },
            memory: memarg.memory,
            shared: memory.shared,
            offset: memarg.offset,
            align: memarg.align,
            lane,
            name,
        })
    }

    /// Parameters and results of a function that stands for this instruction: `$a` is the address,
    /// `$v` the value, `$e` what is expected, `$t` a time-out, `$c` a count.
    pub fn signature(&self) -> String {
        let (address, value) = (self.address, self.value);
        match self.kind {
            Kind::Load => format!("(param $a {address}) (result {value})"),
            Kind::Store | Kind::LaneStore => format!("(param $a {address}) (param $v {value})"),
            Kind::Rmw | Kind::LaneLoad => format!("(param $a {address}) (param $v {value}) (result {value})"),
            Kind::Cmpxchg => {
                format!("(param $a {address}) (param $e {value}) (param $v {value}) (result {value})")
            }
            Kind::Wait => format!("(param $a {address}) (param $e {value}) (param $t i64) (result i32)"),
            Kind::Notify => format!("(param $a {address}) (param $c i32) (result i32)"),
        }
    }

    /// The operands after the address.
    pub fn operands(&self) -> &'static str {
        match self.kind {
            Kind::Load => "",
            Kind::Store | Kind::LaneStore | Kind::Rmw | Kind::LaneLoad => "(local.get $v)",
            Kind::Cmpxchg => "(local.get $e) (local.get $v)",
            Kind::Wait => "(local.get $e) (local.get $t)",
            Kind::Notify => "(local.get $c)",
        }
    }

    /// The result's type, where there is one.
    pub fn result(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Store | Kind::LaneStore => None,
            Kind::Wait | Kind::Notify => Some("i32"),
            _ => Some(self.value),
        }
    }

    /// A result of zero, where there is a result.
    pub fn zero(&self) -> String {
        match self.result() {
            None => String::new(),
            Some("v128") => "(v128.const i64x2 0 0)".to_owned(),
            Some(ty) => format!("({ty}.const 0)"),
        }
    }

    /// `(result type)`, or nothing.
    pub fn result_clause(&self) -> String {
        self.result().map(|ty| format!("(result {ty})")).unwrap_or_default()
    }

    /// The instruction as it is.
    pub fn plain(&self) -> String {
        self.at("(local.get $a)", self.offset)
    }

    /// The instruction with another address and offset.
    pub fn at(&self, address: &str, offset: u64) -> String {
        self.with(&self.name, address, offset, self.operands())
    }

    /// Another instruction on the same memory, with these operands.
    pub fn with(&self, name: &str, address: &str, offset: u64, operands: &str) -> String {
        // Another width would want another hint; an atomic one wants its own.
        let align = if name == self.name { format!("align={}", 1u64 << self.align) } else { String::new() };
        let lane = match self.lane {
            Some(lane) if name == self.name => lane.to_string(),
            _ => String::new(),
        };
        format!("({name} {} offset={offset} {align} {lane} {address} {operands})", self.memory)
    }

    /// The offset may be this large in an instruction on this memory.
    pub fn offset_fits(&self, offset: Option<u64>) -> bool {
        offset.is_some_and(|offset| self.address == "i64" || offset <= u64::from(u32::MAX))
    }

    /// The effective address, which may exceed 32 bits but not 64, as an i64.
    pub fn effective(&self) -> String {
        format!("(i64.add {} (i64.const {}))", self.wide_address(), self.offset as i64)
    }

    /// The address as an i64.
    pub fn wide_address(&self) -> String {
        if self.address == "i64" {
            "(local.get $a)".to_owned()
        } else {
            "(i64.extend_i32_u (local.get $a))".to_owned()
        }
    }

    /// The memory's size in bytes, as an i64.
    pub fn limit(&self) -> String {
        let size = format!("(memory.size {})", self.memory);
        let size = if self.address == "i64" { size } else { format!("(i64.extend_i32_u {size})") };
        format!("(i64.shl {size} (i64.const 16))")
    }

    /// Whether `extra` bytes more than the access has would reach beyond the memory, as an i32.
    pub fn outside(&self, extra: i64) -> String {
        let width = self.width as i64 + extra;
        let effective = self.effective();
        let beyond = format!("(i64.gt_u (i64.add {effective} (i64.const {width})) {})", self.limit());
        if self.address == "i32" {
            return beyond;
        }
        let offset = self.offset as i64;
        format!(
            "(i32.or {beyond} (i32.or (i64.lt_u {effective} (i64.const {offset})) \
             (i64.lt_u (i64.add {effective} (i64.const {width})) (i64.const {width}))))"
        )
    }

    /// The instruction that loads so many bytes into an integer of this type, without a sign.
    pub fn integer_load(ty: &str, width: u64) -> String {
        match (ty, width) {
            ("i32", 4) | ("i64", 8) => format!("{ty}.load"),
            _ => format!("{ty}.load{}_u", width * 8),
        }
    }

    /// The instruction that stores so many low bytes of an integer of this type.
    pub fn integer_store(ty: &str, width: u64) -> String {
        match (ty, width) {
            ("i32", 4) | ("i64", 8) => format!("{ty}.store"),
            _ => format!("{ty}.store{}", width * 8),
        }
    }
}

fn kind(name: &str) -> Kind {
    match name {
        _ if name.ends_with("notify") => Kind::Notify,
        _ if name.contains("wait") => Kind::Wait,
        _ if name.contains("cmpxchg") => Kind::Cmpxchg,
        _ if name.contains("rmw") => Kind::Rmw,
        _ if name.contains("_lane") && name.contains("load") => Kind::LaneLoad,
        _ if name.contains("_lane") => Kind::LaneStore,
        _ if name.contains("load") => Kind::Load,
        _ => Kind::Store,
    }
}

fn value_type(name: &str) -> &'static str {
    const TYPES: [&str; 5] = ["i32", "i64", "f32", "f64", "v128"];
    match name {
        "memory.atomic.wait64" => "i64",
        _ => TYPES.into_iter().find(|ty| name.starts_with(ty)).unwrap_or("i32"),
    }
}
