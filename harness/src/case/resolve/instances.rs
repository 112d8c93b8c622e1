//! The verbs that work on guests: compile, instantiate, call, take.

use std::collections::BTreeSet;

use super::guests::{Extern, GuestInfo, Signature};
use super::kinds::{KeptInfo, Kind};
use super::operands::{self, Returns};
use super::{Done, Resolver, once};
use crate::case::argument::Argument;
use crate::case::decode::{Literal, Table};
use crate::case::names::{ExportRef, Name, is_name};
use crate::case::node::{Key, Span};
use crate::case::plan::{Call, Import, ImportSource, ModuleRef, Op};
use crate::case::problem::{did_you_mean, one_of, quoted};
use crate::case::verbs::keys;

impl<'d> Resolver<'d> {
    /// The guest that a step names, or the only one.
    fn guest_name(&mut self, name: Option<&Name>, span: &Span) -> Option<String> {
        let known: Vec<String> = self.guests.keys().cloned().collect();
        match name {
            Some(name) if self.guests.contains_key(&name.text) => Some(name.text.clone()),
            Some(name) => {
                let known = || known.iter().map(String::as_str);
                let help = did_you_mean(&name.text, known())
                    .or_else(|| (known().count() > 0).then(|| format!("the guests are {}", one_of(known()))));
                self.report.error_with_help(
                    &name.span,
                    format!("there is no guest {}", quoted(&name.text)),
                    help,
                );
                None
            }
            None => match &known[..] {
                [only] => Some(only.clone()),
                [] => {
                    self.error(span, "this case has no guest");
                    None
                }
                several => {
                    let help = format!("the guests are {}", one_of(several.iter().map(String::as_str)));
                    self.report.error_with_help(span, "which guest? The key `guest` is missing here", help);
                    None
                }
            },
        }
    }

    fn guest(&self, name: &str) -> Option<&GuestInfo> {
        self.guests.get(name)?.as_ref()
    }

    pub(super) fn compile(&mut self, agent: &str, keys: &keys::Compile) -> Option<Done> {
        let guest = self.guest_name(keys.guest.as_ref(), &keys.name.span)?;
        self.define(agent, &keys.name, Kind::Module(guest.clone()));
        Some(Done::nothing(Op::Compile { r#as: keys.name.text.clone(), module: ModuleRef::Guest(guest) }))
    }

    pub(super) fn instantiate(&mut self, agent: &str, keys: &'d keys::Instantiate) -> Option<Done> {
        let (module, guest) = match &keys.module {
            Some(module) => {
                if let Some(guest) = &keys.guest {
                    self.error(&guest.span, "`instantiate` has either `guest` or `module`");
                }
                match self.handle(agent, &module.text, &module.span)? {
                    Kind::Module(guest) => (ModuleRef::Handle(module.text.clone()), guest),
                    other => {
                        let message =
                            format!("`{}` is {}, and a module is wanted", module.text, other.describe());
                        self.error(&module.span, message);
                        return None;
                    }
                }
            }
            None => {
                let guest = self.guest_name(keys.guest.as_ref(), &keys.name.span)?;
                (ModuleRef::Guest(guest.clone()), guest)
            }
        };
        let wanted = self.guest(&guest)?.imports.clone();
        let empty = Table::default();
        let given = keys.import.as_ref().unwrap_or(&empty);
        let known: Vec<String> = wanted.iter().map(|(module, name, _)| format!("{module}.{name}")).collect();
        for (key, _) in given.0.iter().filter(|(key, _)| !known.contains(&key.text)) {
            let names = once(known.iter().map(String::as_str));
            let help = did_you_mean(&key.text, names.iter().copied()).unwrap_or_else(|| match &names[..] {
                [] => "it imports nothing".to_owned(),
                _ => format!("it imports {}", one_of(names.iter().copied())),
            });
            self.report.error_with_help(
                &key.span,
                format!("the guest does not import {}", quoted(&key.text)),
                help,
            );
        }
        let mut right = true;
        let mut imports: Vec<Import> = Vec::new();
        let mut callbacks = BTreeSet::new();
        for ((module, name, ty), full) in wanted.iter().zip(&known) {
            let Some((_, literal)) = given.0.iter().find(|(key, _)| key.text == *full) else {
                let what = ty.describe();
                let help = format!("add it: `import: {{{full}: ...}}`");
                let message = format!("the guest imports {}, {what}, and is not given it", quoted(full));
                self.report.error_with_help(&keys.name.span, message, help);
                right = false;
                continue;
            };
            let Some(source) = self.import(agent, literal, ty, &mut callbacks) else {
                right = false;
                continue;
            };
            if !imports.iter().any(|import| import.module == *module && import.name == *name) {
                imports.push(Import { module: module.clone(), name: name.clone(), source });
            }
        }
        for (key, literal) in keys.superfluous.iter().flat_map(|table| &table.0) {
            let name = Name { text: literal.text.clone(), span: literal.span.clone() };
            let Some((module, field)) = key.text.split_once('.') else {
                self.error(&key.span, "an import is written `module.name`".to_owned());
                return None;
            };
            if known.contains(&key.text) {
                self.error(&key.span, format!("the guest does import {}", quoted(&key.text)));
                return None;
            }
            self.memory(agent, &name)?;
            let (module, name, source) =
                (module.to_owned(), field.to_owned(), ImportSource::Handle(name.text));
            imports.push(Import { module, name, source });
        }
        if !right {
            return None;
        }
        let r#as = keys.name.text.clone();
        // A start function may call back before the instance has its name.
        self.try_callbacks(agent, &callbacks);
        self.define(agent, &keys.name, Kind::Instance(guest, callbacks));
        Some(Done::nothing(Op::Instantiate { r#as, module, imports }).allocating())
    }

    /// What satisfies an import.
    fn import(
        &mut self,
        agent: &str,
        literal: &Literal,
        ty: &Extern,
        callbacks: &mut BTreeSet<String>,
    ) -> Option<ImportSource> {
        let text = literal.text.as_str();
        if let (Extern::Global(Some(ty)), None) = (ty, text.split_once('.').filter(|(name, _)| is_name(name)))
        {
            let value = operands::wasm(literal, *ty);
            return self.checked(literal, value).map(ImportSource::Value);
        }
        if let Some((instance, export)) = text.split_once('.') {
            let reference = ExportRef {
                instance: instance.to_owned(),
                export: export.to_owned(),
                span: literal.span.clone(),
            };
            let (found, reached) = self.export(agent, &reference)?;
            if std::mem::discriminant(&found) != std::mem::discriminant(ty) {
                let message =
                    format!("{} is {}, and {} is wanted", quoted(text), found.describe(), ty.describe());
                self.error(&literal.span, message);
                return None;
            }
            callbacks.extend(reached);
            return Some(ImportSource::Export { instance: reference.instance, export: reference.export });
        }
        match ty {
            Extern::Memory(_) => {
                let name = Name { text: text.to_owned(), span: literal.span.clone() };
                self.memory(agent, &name)?;
                Some(ImportSource::Handle(name.text))
            }
            Extern::Function(signature) => {
                let signature = signature.clone();
                self.bind_callback(agent, literal, signature)?;
                callbacks.insert(text.to_owned());
                Some(ImportSource::Callback(text.to_owned()))
            }
            other => {
                self.error(
                    &literal.span,
                    format!("{} is wanted here: write `instance.export`", other.describe()),
                );
                None
            }
        }
    }

    /// An export, and the callbacks that its instance can reach.
    fn export(&mut self, agent: &str, reference: &ExportRef) -> Option<(Extern, BTreeSet<String>)> {
        let (guest, callbacks) = match self.handle(agent, &reference.instance, &reference.span)? {
            Kind::Instance(guest, callbacks) => (guest, callbacks),
            other => {
                let message =
                    format!("`{}` is {}, and an instance is wanted", reference.instance, other.describe());
                self.error(&reference.span, message);
                return None;
            }
        };
        let exports = &self.guest(&guest)?.exports;
        if let Some(found) = exports.get(&reference.export) {
            return Some((found.clone(), callbacks));
        }
        let known = || exports.keys().map(String::as_str);
        let help = did_you_mean(&reference.export, known()).unwrap_or_else(|| match exports.len() {
            0 => "it exports nothing".to_owned(),
            _ => format!("it exports {}", one_of(known())),
        });
        let message = format!("`{}` has no export {}", reference.instance, quoted(&reference.export));
        self.report.error_with_help(&reference.span, message, help);
        None
    }

    pub(super) fn take(&mut self, agent: &str, keys: &keys::Take) -> Option<Done> {
        let (found, _) = self.export(agent, &keys.export)?;
        let Extern::Memory(memory) = found else {
            self.error(
                &keys.export.span,
                format!("this export is {}, and a memory is wanted", found.describe()),
            );
            return None;
        };
        self.define(agent, &keys.name, Kind::Memory(memory));
        let (instance, export) = (keys.export.instance.clone(), keys.export.export.clone());
        Some(Done::nothing(Op::Take { r#as: keys.name.text.clone(), instance, export }))
    }

    /// A call of an export, checked against the guest's signature.
    pub(super) fn checked_call(
        &mut self,
        agent: &str,
        export: &ExportRef,
        args: &'d [Argument],
    ) -> Option<Call> {
        let (found, callbacks) = self.export(agent, export)?;
        let signature = match found {
            Extern::Function(Some(signature)) => signature,
            Extern::Function(None) => {
                let message =
                    "this function has vectors or references, which cannot cross a call from JavaScript";
                self.report.error_with_help(
                    &export.span,
                    message,
                    "let them travel through memory".to_owned(),
                );
                return None;
            }
            other => {
                self.error(
                    &export.span,
                    format!("this export is {}, and a function is wanted", other.describe()),
                );
                return None;
            }
        };
        let Signature { params, results } = signature;
        let span = args.first().map_or(&export.span, Argument::span).clone();
        let what = format!("`{}.{}`", export.instance, export.export);
        let args = self.args(agent, args, &params, &span, &what)?;
        self.try_callbacks(agent, &callbacks);
        Some(Call { instance: export.instance.clone(), export: export.export.clone(), args, results })
    }

    pub(super) fn call(&mut self, number: u32, agent: &str, keys: &'d keys::Call) -> Option<Done> {
        let call = self.checked_call(agent, &keys.export, keys.args.as_deref().unwrap_or_default())?;
        let returns = Returns::Wasm(call.results.clone());
        if let Some(name) = &keys.name {
            let [ty] = call.results[..] else {
                let message =
                    format!("only a single result can be kept, and this call has {}", call.results.len());
                self.error(&name.span, message);
                return None;
            };
            if !name.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                self.error(&name.span, "a kept result's name has no `-`, which would subtract");
            }
            let kept = KeptInfo { ty: Some(ty), step: number };
            let previous = self.state.agents.get_mut(agent)?.kept.insert(name.text.clone(), kept);
            if previous.is_some() {
                self.error(
                    &name.span,
                    format!("{agent} has kept a result as {} already", quoted(&name.text)),
                );
            }
        }
        let r#as = keys.name.as_ref().map(|name| name.text.clone());
        Some(Done::returning(Op::Call { call, r#as }, returns))
    }

    /// The key of a callback, for messages.
    pub(super) fn known_callbacks(&self) -> impl Iterator<Item = &str> {
        self.callbacks.keys().map(String::as_str)
    }

    /// Where a callback is defined.
    pub(super) fn callback_key(&self, name: &str) -> Option<&'d Key> {
        self.callbacks.get(name).map(|callback| callback.key)
    }
}
