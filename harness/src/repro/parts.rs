//! What steps need of each other: the names that an operation uses and makes, and what of a plan is
//! left when some of its steps are taken away. Which ones to take away is `minimize`'s.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::plan::{
    Call, CallbackEnding, HandleRef, Import, ImportSource, MAIN, Message, ModuleRef, Op, Operand, Pattern,
    Plan, SetSource, Step,
};

/// The names that an operation uses, guests and callbacks apart.
pub fn uses(op: &Op) -> BTreeSet<String> {
    let mut names = Names::default();
    names.op(op);
    names.0
}

/// The names that an operation gives to what it makes.
pub fn makes(op: &Op) -> Vec<&str> {
    match op {
        Op::Memory { r#as, .. }
        | Op::Take { r#as, .. }
        | Op::Buffer { r#as, .. }
        | Op::ToResizable { r#as, .. }
        | Op::ToFixedLength { r#as, .. }
        | Op::View { r#as, .. }
        | Op::Subarray { r#as, .. }
        | Op::Slice { r#as, .. }
        | Op::WaitAsync { r#as, .. }
        | Op::Compile { r#as, .. }
        | Op::Instantiate { r#as, .. }
        | Op::StructuredClone { r#as, .. }
        | Op::Transfer { r#as, .. } => vec![r#as],
        Op::Call { r#as, .. } | Op::Each { r#as, .. } => r#as.as_deref().into_iter().collect(),
        Op::Receive { r#as, .. } => {
            let mut names = Vec::new();
            bound(r#as, &mut names);
            names
        }
        Op::Size { .. }
        | Op::Grow { .. }
        | Op::Resize { .. }
        | Op::Same { .. }
        | Op::Property { .. }
        | Op::Detached { .. }
        | Op::Get { .. }
        | Op::Put { .. }
        | Op::Set { .. }
        | Op::Fill { .. }
        | Op::CopyWithin { .. }
        | Op::DataGet { .. }
        | Op::DataPut { .. }
        | Op::Read { .. }
        | Op::Write { .. }
        | Op::Digest { .. }
        | Op::Atomic { .. }
        | Op::Wait { .. }
        | Op::Notify { .. }
        | Op::Settle { .. }
        | Op::Pending { .. }
        | Op::Post { .. }
        | Op::Turn
        | Op::Terminate { .. }
        | Op::Join { .. }
        | Op::Decode { .. }
        | Op::EncodeInto { .. }
        | Op::Using { .. } => Vec::new(),
    }
}

fn bound<'p>(pattern: &'p Pattern, names: &mut Vec<&'p str>) {
    match pattern {
        Pattern::As(name) => names.push(name),
        Pattern::Object(parts) => parts.iter().for_each(|(_, part)| bound(part, names)),
        Pattern::Array(parts) => parts.iter().for_each(|part| bound(part, names)),
    }
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn name(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    fn handle(&mut self, handle: &HandleRef) {
        self.name(&handle.handle);
    }

    fn operands<'o>(&mut self, operands: impl IntoIterator<Item = &'o Operand>) {
        for operand in operands {
            match operand {
                Operand::Kept(kept) => self.name(&kept.kept),
                Operand::Converting(converting) => self.operands([&*converting.value_of]),
                Operand::Literal(_) => {}
            }
        }
    }

    fn call(&mut self, call: &Call) {
        self.name(&call.instance);
        self.operands(&call.args);
    }

    fn message(&mut self, message: &Message) {
        match message {
            Message::Handle(handle) => self.handle(handle),
            Message::Object(parts) => parts.iter().for_each(|(_, part)| self.message(part)),
            Message::Array(parts) => parts.iter().for_each(|part| self.message(part)),
            Message::Literal(_) => {}
        }
    }

    fn module(&mut self, module: &ModuleRef) {
        if let ModuleRef::Handle(handle) = module {
            self.name(handle);
        }
    }

    fn imports(&mut self, imports: &[Import]) {
        for import in imports {
            match &import.source {
                ImportSource::Handle(handle) => self.name(handle.split('.').next().unwrap_or_default()),
                ImportSource::Export { instance, .. } => self.name(instance),
                ImportSource::Callback(_) | ImportSource::Value(_) => {}
            }
        }
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Memory { descriptor, .. } => self.operands(descriptor.iter().map(|(_, value)| value)),
            Op::Take { instance, .. } => self.name(instance),
            Op::Size { memory }
            | Op::Buffer { memory, .. }
            | Op::ToResizable { memory, .. }
            | Op::ToFixedLength { memory, .. } => self.name(memory),
            Op::Grow { memory, by } => {
                self.name(memory);
                self.operands([by]);
            }
            Op::Resize { buffer, to } => {
                self.handle(buffer);
                self.operands([to]);
            }
            Op::Same { left, right } => {
                self.handle(left);
                self.handle(right);
            }
            Op::Property { of, .. } => self.handle(of),
            Op::Detached { buffer } => self.handle(buffer),
            Op::View { buffer, offset, length, .. } => {
                self.handle(buffer);
                self.operands(offset.iter().chain(length));
            }
            Op::Subarray { view, begin, end, .. } => {
                self.name(view);
                self.operands(begin.iter().chain(end));
            }
            Op::Slice { of, begin, end, .. } => {
                self.handle(of);
                self.operands(begin.iter().chain(end));
            }
            Op::Get { view, index } => {
                self.name(view);
                self.operands([index]);
            }
            Op::Put { view, index, value } => {
                self.name(view);
                self.operands([index, value]);
            }
            Op::Set { view, source, offset } => {
                self.name(view);
                self.operands(offset);
                match source {
                    SetSource::View(source) => self.name(source),
                    SetSource::Values(values) => self.operands(values),
                }
            }
            Op::Fill { view, value, begin, end } => {
                self.name(view);
                self.operands([value].into_iter().chain(begin).chain(end));
            }
            Op::CopyWithin { view, target, begin, end } => {
                self.name(view);
                self.operands([target, begin].into_iter().chain(end));
            }
            Op::DataGet { view, offset, .. } => {
                self.name(view);
                self.operands([offset]);
            }
            Op::DataPut { view, offset, value, .. } => {
                self.name(view);
                self.operands([offset, value]);
            }
            Op::Read { buffer, at, count } => {
                self.handle(buffer);
                self.operands([at, count]);
            }
            Op::Write { buffer, at, .. } => {
                self.handle(buffer);
                self.operands([at]);
            }
            Op::Digest { buffer, at, count, .. } => {
                self.handle(buffer);
                self.operands(at.iter().chain(count));
            }
            Op::Atomic { view, index, value, expected, .. } => {
                self.name(view);
                self.operands([index].into_iter().chain(value).chain(expected));
            }
            Op::Wait { view, index, value, timeout } | Op::WaitAsync { view, index, value, timeout, .. } => {
                self.name(view);
                self.operands([index, value].into_iter().chain(timeout));
            }
            Op::Notify { view, index, count, .. } => {
                self.name(view);
                self.operands([index].into_iter().chain(count));
            }
            Op::Settle { promise } | Op::Pending { promise } => self.name(promise),
            Op::Compile { module, .. } => self.module(module),
            Op::Instantiate { module, imports, .. } => {
                self.module(module);
                self.imports(imports);
            }
            Op::Call { call, .. } => self.call(call),
            Op::Post { message, transfer, .. } | Op::StructuredClone { message, transfer, .. } => {
                self.message(message);
                transfer.iter().for_each(|handle| self.handle(handle));
            }
            Op::Transfer { buffer, length, .. } => {
                self.handle(buffer);
                self.operands(length);
            }
            // The steps of blocks are looked at for themselves.
            Op::Using { dispose, .. } => self.call(dispose),
            Op::Each { view, .. } | Op::EncodeInto { view, .. } => self.name(view),
            Op::Decode { of } => self.handle(of),
            Op::Receive { .. } | Op::Turn | Op::Terminate { .. } | Op::Join { .. } => {}
        }
    }
}

/// Every step of a plan, those of callbacks and blocks included.
pub fn all_steps(plan: &Plan) -> Vec<&Step> {
    flat(&plan.steps).into_iter().chain(plan.callbacks.iter().flat_map(|one| flat(&one.steps))).collect()
}

/// What is left of a plan without some of its steps, and without whatever cannot be done then: steps
/// whose names nobody gives any more, messages of which one side is gone, agents, guests and
/// callbacks that nobody uses. Is there nothing left of `vital`, there is nothing left.
pub fn without(plan: &Plan, gone: &BTreeSet<u32>, vital: u32) -> Option<Plan> {
    let received: BTreeSet<u32> = posts_received(plan);
    let mut gone = gone.clone();
    loop {
        let left = retained(plan, &gone);
        let orphans = orphans(&left, &received);
        if orphans.is_empty() {
            let left = pruned(left);
            let made: BTreeSet<&str> =
                all_steps(&left).into_iter().flat_map(|step| makes(&step.op)).collect();
            let missing = |name: &String| !made.contains(name.as_str());
            if left.callbacks.iter().any(|callback| ending_uses(&callback.ending).iter().any(missing)) {
                return None;
            }
            let is_there = all_steps(&left).iter().any(|step| step.number == vital)
                || left.callbacks.iter().any(|callback| callback.number == vital);
            return is_there.then_some(left);
        }
        gone.extend(orphans);
    }
}

fn retained(plan: &Plan, gone: &BTreeSet<u32>) -> Plan {
    fn keep(steps: &mut Vec<Step>, gone: &BTreeSet<u32>) {
        steps.retain(|step| !gone.contains(&step.number));
        for step in steps {
            step.op.blocks_mut().into_iter().for_each(|steps| keep(steps, gone));
        }
    }
    let mut left = plan.clone();
    keep(&mut left.steps, gone);
    left.callbacks.iter_mut().for_each(|callback| keep(&mut callback.steps, gone));
    left
}

fn posts_received(plan: &Plan) -> BTreeSet<u32> {
    let post = |step: &&Step| match step.op {
        Op::Receive { post, .. } => Some(post),
        _ => None,
    };
    all_steps(plan).iter().filter_map(post).collect()
}

/// The steps that cannot be done any more.
fn orphans(plan: &Plan, received: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut orphans = BTreeSet::new();
    let numbers: BTreeSet<u32> = all_steps(plan).iter().map(|step| step.number).collect();
    let now_received = posts_received(plan);
    let of_callbacks: BTreeSet<&str> =
        plan.callbacks.iter().flat_map(|callback| &callback.steps).flat_map(|step| makes(&step.op)).collect();
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut everywhere: BTreeSet<&str> = of_callbacks.clone();
    for step in flat(&plan.steps) {
        let own = names.entry(step.agent.as_str()).or_insert_with(|| of_callbacks.clone());
        let lacks_name = uses(&step.op).iter().any(|name| !own.contains(name.as_str()));
        own.extend(makes(&step.op));
        everywhere.extend(makes(&step.op));
        if lacks_name || lacks_partner(step, &numbers, received, &now_received) {
            orphans.insert(step.number);
        }
    }
    for callback in &plan.callbacks {
        for step in flat(&callback.steps) {
            if uses(&step.op).iter().any(|name| !everywhere.contains(name.as_str())) {
                orphans.insert(step.number);
            }
        }
    }
    orphans
}

fn flat(steps: &[Step]) -> Vec<&Step> {
    steps.iter().flat_map(|step| [step].into_iter().chain(within(step))).collect()
}

/// The steps that run in the middle of a step, however deep.
pub fn within(step: &Step) -> Vec<&Step> {
    step.op.blocks().into_iter().flat_map(|steps| flat(steps)).collect()
}

fn lacks_partner(
    step: &Step,
    numbers: &BTreeSet<u32>,
    received: &BTreeSet<u32>,
    now_received: &BTreeSet<u32>,
) -> bool {
    let join_gone =
        step.start.is_some_and(|start| start.join.is_some_and(|number| !numbers.contains(&number)));
    join_gone
        || match &step.op {
            Op::Join { started } => !numbers.contains(started),
            Op::Receive { post, .. } => !numbers.contains(post),
            Op::Post { .. } => received.contains(&step.number) && !now_received.contains(&step.number),
            _ => false,
        }
}

/// Without agents, guests and callbacks that no step needs.
fn pruned(mut plan: Plan) -> Plan {
    let steps = all_steps(&plan);
    let mut agents: BTreeSet<String> = steps.iter().map(|step| step.agent.clone()).collect();
    let mut guests = BTreeSet::new();
    let mut callbacks = BTreeSet::new();
    for step in steps {
        match &step.op {
            Op::Post { to: target, .. } | Op::Terminate { target } => {
                agents.insert(target.clone());
            }
            Op::Compile { module: ModuleRef::Guest(guest), .. } => {
                guests.insert(guest.clone());
            }
            Op::Instantiate { module, imports, .. } => {
                if let ModuleRef::Guest(guest) = module {
                    guests.insert(guest.clone());
                }
                for import in imports {
                    if let ImportSource::Callback(name) = &import.source {
                        callbacks.insert(name.clone());
                    }
                }
            }
            _ => {}
        }
    }
    plan.agents.retain(|agent| agent != MAIN && agents.contains(agent));
    plan.guests.retain(|guest| guests.contains(&guest.name));
    plan.callbacks.retain(|callback| callbacks.contains(&callback.name));
    plan
}

/// The names that a callback's ending uses.
fn ending_uses(ending: &CallbackEnding) -> BTreeSet<String> {
    let mut names = Names::default();
    if let CallbackEnding::Returns(values) = ending {
        names.operands(values);
    }
    names.0
}
