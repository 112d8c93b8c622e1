//! What one operation is in JavaScript: node-runner/lib/ops says the same for the runner. Where the
//! text stands in a script, and what becomes of its result, is decided elsewhere.

use std::collections::BTreeMap;

use super::literal::{self, identifier, member, property};
use super::{ScriptError, indented};
use crate::case::plan::{
    AtomicOp, Call, Converting, EachMethod, Element, HandleRef, Import, ImportSource, Message, ModuleRef, Op,
    Operand, Pattern, Property, SetSource, Step, Via, ViewType,
};
use crate::value::ValType;

/// A helper that a script needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Helper {
    /// Bytes as hexadecimal text.
    Hex,
    /// SHA-256.
    Sha256,
    /// Is a buffer detached?
    IsDetached,
    /// Notify until enough have woken.
    NotifyUntil,
    /// Once round the event loop.
    Loop,
    /// Is a promise pending?
    IsPending,
    /// How much of a text was encoded.
    EncodeInto,
    /// Node's `Buffer`, which is imported.
    Buffer,
}

/// An operation in JavaScript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operation {
    /// What it makes: a name or a pattern, and the expression.
    pub makes: Option<(String, String)>,
    /// The expression of what it returns, over what it has made where that is something.
    pub returns: Option<String>,
    /// A statement, where it makes nothing and what it returns is no expression alone.
    pub does: Option<String>,
    /// A statement before all that.
    pub before: Option<String>,
    /// Its text has an `await`.
    pub awaits: bool,
}

/// What the text of operations depends on.
pub struct Context<'s> {
    /// The Wasm types of kept results.
    pub types: BTreeMap<String, ValType>,
    /// How a module of a guest is had: an expression.
    pub module: &'s dyn Fn(&str) -> String,
    /// The bytes of a guest: an expression.
    pub bytes: &'s dyn Fn(&str) -> String,
    /// By what an agent posts to another: an expression.
    pub port: &'s dyn Fn(&str, Via) -> String,
    /// How an agent receives from another: an expression without `await`.
    pub receive: &'s dyn Fn(&str, Via) -> String,
    /// By what a worker is stopped.
    pub worker: &'s dyn Fn(&str) -> String,
    /// How a started step is waited for: a statement.
    pub join: &'s dyn Fn(u32) -> String,
    /// Is the buffer of this name a shared one? None where that is not known.
    pub is_shared: &'s dyn Fn(&str) -> Option<bool>,
    /// The statements of the blocks within the operation, each by its first step's number.
    pub blocks: BTreeMap<u32, Vec<String>>,
    /// What an operation that gathers elements calls them.
    pub elements: String,
    /// The helpers that were used.
    pub helpers: &'s std::cell::RefCell<std::collections::BTreeSet<Helper>>,
}

fn makes(name: &str, expression: String) -> Operation {
    Operation { makes: Some((identifier(name), expression)), ..Operation::default() }
}

fn makes_of_class(name: &str, expression: String) -> Operation {
    Operation { returns: Some(format!("{}.constructor.name", identifier(name))), ..makes(name, expression) }
}

fn returns(expression: String) -> Operation {
    Operation { returns: Some(expression), ..Operation::default() }
}

fn does(statement: String) -> Operation {
    Operation { does: Some(statement), ..Operation::default() }
}

fn awaits(operation: Operation) -> Operation {
    Operation { awaits: true, ..operation }
}

fn list(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(", ")
}

impl Context<'_> {
    fn helper(&self, helper: Helper, name: &'static str) -> &'static str {
        self.helpers.borrow_mut().insert(helper);
        name
    }

    /// An operand.
    pub fn operand(&self, operand: &Operand) -> Result<String, ScriptError> {
        if let Operand::Converting(Converting { value_of, steps }) = operand {
            let mut lines = self.block(steps);
            lines.push(format!("return {};", self.operand(value_of)?));
            let short = lines.iter().map(String::len).sum::<usize>() < 60;
            return Ok(match short && lines.iter().all(|line| !line.contains('\n')) {
                true => format!("{{ valueOf() {{ {} }} }}", lines.join(" ")),
                false => format!("{{\n  valueOf() {{\n{}\n  }},\n}}", indented(&lines, 2).join("\n")),
            });
        }
        literal::operand(operand, &|name| self.types.get(name).copied()).ok_or(ScriptError::Operand)
    }

    fn operands<'o>(&self, operands: impl IntoIterator<Item = &'o Operand>) -> Result<String, ScriptError> {
        Ok(operands.into_iter().map(|one| self.operand(one)).collect::<Result<Vec<_>, _>>()?.join(", "))
    }

    /// Optional arguments. An absent one before one that is given is a beginning, and so is 0.
    fn optional(&self, operands: &[&Option<Operand>]) -> Result<String, ScriptError> {
        let count = operands.iter().rposition(|one| one.is_some()).map_or(0, |last| last + 1);
        let text = |one: &&Option<Operand>| one.as_ref().map_or(Ok("0".to_owned()), |one| self.operand(one));
        let texts = operands[..count].iter().map(text).collect::<Result<Vec<_>, _>>()?;
        Ok(texts.into_iter().map(|text| format!(", {text}")).collect())
    }

    fn only_optional(&self, operands: &[&Option<Operand>]) -> Result<String, ScriptError> {
        Ok(self.optional(operands)?.trim_start_matches(", ").to_owned())
    }

    /// A message.
    pub fn message(&self, message: &Message) -> Result<String, ScriptError> {
        Ok(match message {
            Message::Handle(handle) => object(handle),
            Message::Literal(value) => literal::value(value).ok_or(ScriptError::Operand)?,
            Message::Array(parts) => {
                let parts = parts.iter().map(|part| self.message(part)).collect::<Result<Vec<_>, _>>()?;
                format!("[{}]", list(parts))
            }
            Message::Object(parts) => {
                let part = |(name, part): &(String, Message)| Ok(property(name, &self.message(part)?));
                format!("{{ {} }}", list(parts.iter().map(part).collect::<Result<Vec<_>, ScriptError>>()?))
            }
        })
    }

    /// The statements of a block within the operation.
    pub fn block(&self, steps: &[Step]) -> Vec<String> {
        let block = steps.first().and_then(|step| self.blocks.get(&step.number));
        block.cloned().unwrap_or_default()
    }

    fn each(&self, view: &str, method: EachMethod, at: u32, steps: &[Step], r#as: Option<&str>) -> Operation {
        let elements = &self.elements;
        let taken = if method == EachMethod::Sort { "left" } else { "element" };
        let mut body = vec![format!("{elements}.push({taken});")];
        let block = self.block(steps);
        match block.as_slice() {
            [] => {}
            [only] if !only.contains(['\n', '{']) => {
                body.push(format!("if ({elements}.length === {}) {only}", at + 1));
            }
            several => {
                body.push(format!("if ({elements}.length === {}) {{", at + 1));
                body.extend(indented(several, 1));
                body.push("}".to_owned());
            }
        }
        let (name, params, answer, initial) = match method {
            EachMethod::ForEach => ("forEach", "element", None, ""),
            EachMethod::Map => ("map", "element", Some("element"), ""),
            EachMethod::Filter => ("filter", "element", Some("true"), ""),
            EachMethod::Every => ("every", "element", Some("true"), ""),
            EachMethod::Some => ("some", "element", Some("false"), ""),
            EachMethod::Find => ("find", "element", Some("false"), ""),
            EachMethod::FindLast => ("findLast", "element", Some("false"), ""),
            EachMethod::Reduce => ("reduce", "sum, element", None, ", 0"),
            EachMethod::ReduceRight => ("reduceRight", "sum, element", None, ", 0"),
            EachMethod::Sort => ("sort", "left, right", Some("left < right ? -1 : Number(left > right)"), ""),
            EachMethod::Iterate => ("", "", None, ""),
        };
        body.extend(answer.map(|answer| format!("return {answer};")));
        let (view, body) = (identifier(view), indented(&body, 1).join("\n"));
        let text = match method {
            EachMethod::Iterate => format!("for (const element of {view}) {{\n{body}\n}}"),
            _ => format!("{view}.{name}(({params}) => {{\n{body}\n}}{initial})"),
        };
        let (made, done) = match (r#as, method) {
            (Some(name), _) => (Some((identifier(name), text)), None),
            (None, EachMethod::Iterate) => (None, Some(text)),
            (None, _) => (None, Some(format!("{text};"))),
        };
        // What a comparator is given, and how often, is up to the engine.
        let returns = (method != EachMethod::Sort).then(|| elements.clone());
        let before = Some(format!("const {elements} = [];"));
        Operation { makes: made, does: done, returns, before, awaits: false }
    }

    /// A call of an export.
    ///
    /// # Errors
    ///
    /// If an argument has no text.
    pub fn call(&self, call: &Call) -> Result<String, ScriptError> {
        let (instance, export) = (identifier(&call.instance), member(&call.export));
        Ok(format!("{instance}{export}({})", self.operands(&call.args)?))
    }

    fn module(&self, module: &ModuleRef) -> String {
        match module {
            ModuleRef::Guest(guest) => (self.module)(guest),
            ModuleRef::Handle(handle) => identifier(handle),
        }
    }

    fn instance(&self, module: &ModuleRef, imports: &[Import]) -> Result<String, ScriptError> {
        let mut modules: Vec<(&str, Vec<String>)> = Vec::new();
        for import in imports {
            let text = property(&import.name, &imported(&import.source)?);
            match modules.iter_mut().find(|(name, _)| *name == import.module) {
                Some((_, fields)) => fields.push(text),
                None => modules.push((&import.module, vec![text])),
            }
        }
        let objects =
            modules.into_iter().map(|(name, fields)| property(name, &format!("{{ {} }}", list(fields))));
        let module = self.module(module);
        let objects = list(objects);
        let imports = if objects.is_empty() { String::new() } else { format!(", {{ {objects} }}") };
        Ok(format!("new WebAssembly.Instance({module}{imports}).exports"))
    }

    /// An operation's text.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub fn operation(&self, op: &Op) -> Result<Operation, ScriptError> {
        let own = identifier;
        Ok(match op {
            Op::Memory { r#as, descriptor } => {
                let field = |(name, value): &(String, Operand)| Ok(property(name, &self.operand(value)?));
                let fields = descriptor.iter().map(field).collect::<Result<Vec<_>, ScriptError>>()?;
                makes(r#as, format!("new WebAssembly.Memory({{ {} }})", list(fields)))
            }
            Op::Take { r#as, instance, export } => {
                makes(r#as, format!("{}{}", own(instance), member(export)))
            }
            Op::Size { memory } => returns(format!("{}.buffer.byteLength / 65536", own(memory))),
            Op::Grow { memory, by } => returns(format!("{}.grow({})", own(memory), self.operand(by)?)),
            Op::Buffer { r#as, memory } => makes_of_class(r#as, format!("{}.buffer", own(memory))),
            Op::ToResizable { r#as, memory } => {
                makes_of_class(r#as, format!("{}.toResizableBuffer()", own(memory)))
            }
            Op::ToFixedLength { r#as, memory } => {
                makes_of_class(r#as, format!("{}.toFixedLengthBuffer()", own(memory)))
            }
            Op::Resize { buffer, to } => {
                let shared = (self.is_shared)(&buffer.handle);
                let (buffer, to) = (object(buffer), self.operand(to)?);
                does(match shared {
                    Some(true) => format!("{buffer}.grow({to})"),
                    Some(false) => format!("{buffer}.resize({to})"),
                    None => format!(
                        "{buffer} instanceof SharedArrayBuffer ? {buffer}.grow({to}) : {buffer}.resize({to})"
                    ),
                })
            }
            Op::Same { left, right } => returns(format!("{} === {}", object(left), object(right))),
            Op::Property { of, property } => returns(format!("{}.{}", object(of), property_name(*property))),
            Op::Detached { buffer } => {
                returns(format!("{}({})", self.helper(Helper::IsDetached, "isDetached"), object(buffer)))
            }
            Op::View { r#as, ty, buffer, offset, length } => {
                let more = self.optional(&[offset, length])?;
                match ty {
                    ViewType::Buffer => {
                        let class = self.helper(Helper::Buffer, "Buffer");
                        makes(r#as, format!("{class}.from({}{more})", object(buffer)))
                    }
                    ty => makes(r#as, format!("new {}({}{more})", class(*ty), object(buffer))),
                }
            }
            Op::Subarray { r#as, view, begin, end } => {
                makes(r#as, format!("{}.subarray({})", own(view), self.only_optional(&[begin, end])?))
            }
            Op::Slice { r#as, of, begin, end } => {
                makes(r#as, format!("{}.slice({})", object(of), self.only_optional(&[begin, end])?))
            }
            Op::Get { view, index } => returns(format!("{}[{}]", own(view), self.operand(index)?)),
            Op::Put { view, index, value } => {
                does(format!("{}[{}] = {}", own(view), self.operand(index)?, self.operand(value)?))
            }
            Op::Set { view, source, offset } => {
                let source = match source {
                    SetSource::View(source) => own(source),
                    SetSource::Values(values) => format!("[{}]", self.operands(values)?),
                };
                does(format!("{}.set({source}{})", own(view), self.optional(&[offset])?))
            }
            Op::Fill { view, value, begin, end } => {
                let more = self.optional(&[begin, end])?;
                does(format!("{}.fill({}{more})", own(view), self.operand(value)?))
            }
            Op::CopyWithin { view, target, begin, end } => {
                let args = self.operands([target, begin])?;
                does(format!("{}.copyWithin({args}{})", own(view), self.optional(&[end])?))
            }
            Op::DataGet { view, offset, element, little } => {
                let offset = self.operand(offset)?;
                returns(format!("{}.get{}({offset}, {little})", own(view), element_name(*element)))
            }
            Op::DataPut { view, offset, element, value, little } => {
                let args = self.operands([offset, value])?;
                does(format!("{}.set{}({args}, {little})", own(view), element_name(*element)))
            }
            Op::Read { buffer, at, count } => {
                let args = self.operands([at, count])?;
                let hex = self.helper(Helper::Hex, "hex");
                returns(format!("{hex}(new Uint8Array({}, {args}))", object(buffer)))
            }
            Op::Write { buffer, at, bytes } => {
                let at = self.operand(at)?;
                let values = list(bytes.iter().map(u8::to_string));
                does(format!("new Uint8Array({}, {at}, {}).set([{values}])", object(buffer), bytes.len()))
            }
            Op::Digest { pages: true, .. } => return Err(ScriptError::Operation("a digest of pages")),
            Op::Digest { buffer, at, count, pages: false } => {
                let more = self.optional(&[at, count])?;
                let sha256 = self.helper(Helper::Sha256, "sha256");
                returns(format!("{sha256}(new Uint8Array({}{more}))", object(buffer)))
            }
            Op::Atomic { action, view, index, value, expected } => {
                let index = self.operand(index)?;
                let args = [expected, value].into_iter().flatten();
                let args = args.map(|one| Ok(format!(", {}", self.operand(one)?)));
                let args = args.collect::<Result<String, ScriptError>>()?;
                returns(format!("Atomics.{}({}, {index}{args})", atomic_name(*action), own(view)))
            }
            Op::Wait { view, index, value, timeout } => {
                let args = self.operands([index, value])?;
                returns(format!("Atomics.wait({}, {args}{})", own(view), self.optional(&[timeout])?))
            }
            Op::Notify { view, index, count, until: None } => {
                let (index, more) = (self.operand(index)?, self.optional(&[count])?);
                returns(format!("Atomics.notify({}, {index}{more})", own(view)))
            }
            Op::Notify { view, index, count: None, until: Some(until) } => {
                let notify = self.helper(Helper::NotifyUntil, "notifyUntil");
                returns(format!("{notify}({until}, {}, {})", own(view), self.operand(index)?))
            }
            Op::Notify { view, index, count: Some(count), until: Some(until) } => {
                let notify = self.helper(Helper::NotifyUntil, "notifyUntil");
                returns(format!("{notify}({until}, {}, {})", own(view), self.operands([index, count])?))
            }
            Op::WaitAsync { r#as, view, index, value, timeout } => {
                let args = self.operands([index, value])?;
                let more = self.optional(&[timeout])?;
                let name = own(r#as);
                Operation {
                    returns: Some(format!("{name}.async ? \"async\" : {name}.value")),
                    ..makes(r#as, format!("Atomics.waitAsync({}, {args}{more})", own(view)))
                }
            }
            Op::Settle { promise } => awaits(returns(format!("await {}.value", own(promise)))),
            Op::Pending { promise } => {
                self.helper(Helper::Loop, "turnLoop");
                let pending = self.helper(Helper::IsPending, "isPending");
                awaits(returns(format!("await {pending}({}.value)", own(promise))))
            }
            Op::Compile { r#as, module: ModuleRef::Guest(guest) } => {
                makes(r#as, format!("new WebAssembly.Module({})", (self.bytes)(guest)))
            }
            Op::Compile { r#as, module: ModuleRef::Handle(handle) } => makes(r#as, own(handle)),
            Op::Instantiate { r#as, module, imports } => makes(r#as, self.instance(module, imports)?),
            Op::Call { call, r#as: None } => returns(self.call(call)?),
            Op::Call { call, r#as: Some(name) } => {
                Operation { returns: Some(own(name)), ..makes(name, self.call(call)?) }
            }
            Op::Post { via: Via::WorkerData, .. } => {
                return Err(ScriptError::Operation("a post by workerData"));
            }
            Op::Post { to, message, via, transfer } => {
                let (port, message) = ((self.port)(to, *via), self.message(message)?);
                let transfer = transferred(transfer).map_or(String::new(), |list| format!(", {list}"));
                does(format!("{port}.postMessage({message}{transfer})"))
            }
            Op::Receive { r#as, from, via, .. } => {
                let receive = (self.receive)(from, *via);
                awaits(Operation {
                    makes: Some((pattern(r#as), format!("await {receive}"))),
                    ..Operation::default()
                })
            }
            Op::Turn => awaits(does(format!("await {}()", self.helper(Helper::Loop, "turnLoop")))),
            Op::Terminate { target } => awaits(does(format!("await {}.terminate()", (self.worker)(target)))),
            Op::Join { started } => does((self.join)(*started)),
            Op::StructuredClone { r#as, message, transfer } => {
                let message = self.message(message)?;
                let transfer =
                    transferred(transfer).map_or(String::new(), |list| format!(", {{ transfer: {list} }}"));
                makes(r#as, format!("structuredClone({message}{transfer})"))
            }
            Op::Transfer { r#as, buffer, length } => {
                makes(r#as, format!("{}.transfer({})", object(buffer), self.only_optional(&[length])?))
            }
            Op::Each { view, method, at, steps, r#as } => {
                self.each(view, *method, *at, steps, r#as.as_deref())
            }
            Op::Decode { of } => returns(format!("new TextDecoder().decode({})", object(of))),
            Op::EncodeInto { view, text } => {
                let encode = self.helper(Helper::EncodeInto, "encodeInto");
                returns(format!("{encode}({}, {})", literal::string(text), own(view)))
            }
            Op::Using { .. } => return Err(ScriptError::Operation("a block with `using`")),
        })
    }
}

fn object(handle: &HandleRef) -> String {
    let name = identifier(&handle.handle);
    if handle.buffer { format!("{name}.buffer") } else { name }
}

fn imported(source: &ImportSource) -> Result<String, ScriptError> {
    Ok(match source {
        ImportSource::Handle(handle) => match handle.split_once('.') {
            Some((instance, export)) => format!("{}{}", identifier(instance), member(export)),
            None => identifier(handle),
        },
        ImportSource::Export { instance, export } => format!("{}{}", identifier(instance), member(export)),
        ImportSource::Callback(name) => identifier(name),
        ImportSource::Value(value) => literal::value(value).ok_or(ScriptError::Operand)?,
    })
}

fn transferred(transfer: &[HandleRef]) -> Option<String> {
    (!transfer.is_empty()).then(|| format!("[{}]", list(transfer.iter().map(object))))
}

fn pattern(pattern_: &Pattern) -> String {
    match pattern_ {
        Pattern::As(name) => identifier(name),
        Pattern::Array(parts) => format!("[{}]", list(parts.iter().map(pattern))),
        Pattern::Object(parts) => {
            format!("{{ {} }}", list(parts.iter().map(|(name, part)| property(name, &pattern(part)))))
        }
    }
}

fn class(ty: ViewType) -> String {
    format!("{ty:?}")
}

fn element_name(element: Element) -> String {
    format!("{element:?}")
}

fn atomic_name(action: AtomicOp) -> &'static str {
    match action {
        AtomicOp::Load => "load",
        AtomicOp::Store => "store",
        AtomicOp::Add => "add",
        AtomicOp::Sub => "sub",
        AtomicOp::And => "and",
        AtomicOp::Or => "or",
        AtomicOp::Xor => "xor",
        AtomicOp::Exchange => "exchange",
        AtomicOp::CompareExchange => "compareExchange",
    }
}

fn property_name(property: Property) -> &'static str {
    match property {
        Property::ByteLength => "byteLength",
        Property::ByteOffset => "byteOffset",
        Property::Length => "length",
        Property::MaxByteLength => "maxByteLength",
        Property::Resizable => "resizable",
        Property::Growable => "growable",
    }
}
