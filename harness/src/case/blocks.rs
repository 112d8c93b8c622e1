//! The steps within a step of a plan, wherever they stand in it. The macro writes the same walk for a
//! plan that is looked at and for one that is changed.

use super::plan::{Converting, Op, Operand, SetSource, Step};

macro_rules! blocks {
    ($(#[$doc:meta])* $name:ident, $operands:ident, $($mutable:tt)?) => {
        impl Op {
            $(#[$doc])*
            pub fn $name(& $($mutable)? self) -> Vec<& $($mutable)? Vec<Step>> {
                if let Self::Using { steps, .. } | Self::Each { steps, .. } = self {
                    return vec![steps];
                }
                let mut blocks = Vec::new();
                for operand in self.$operands() {
                    if let Operand::Converting(Converting { steps, .. }) = operand {
                        blocks.push(steps);
                    }
                }
                blocks
            }

            /// The arguments that JavaScript converts.
            fn $operands(& $($mutable)? self) -> Vec<& $($mutable)? Operand> {
                let mut found = Vec::new();
                match self {
                    Self::Grow { by: one, .. }
                    | Self::Resize { to: one, .. }
                    | Self::Put { value: one, .. }
                    | Self::DataGet { offset: one, .. } => found.push(one),
                    Self::View { offset: one, length: other, .. }
                    | Self::Subarray { begin: one, end: other, .. }
                    | Self::Slice { begin: one, end: other, .. } => {
                        found.extend(one);
                        found.extend(other);
                    }
                    Self::Set { source, offset, .. } => {
                        if let SetSource::Values(values) = source {
                            found.extend(values);
                        }
                        found.extend(offset);
                    }
                    Self::Fill { value, begin, end, .. } => {
                        found.push(value);
                        found.extend(begin);
                        found.extend(end);
                    }
                    Self::CopyWithin { target, begin, end, .. } => {
                        found.extend([target, begin]);
                        found.extend(end);
                    }
                    Self::DataPut { offset, value, .. } => found.extend([offset, value]),
                    Self::Atomic { index, value, expected, .. } => {
                        found.push(index);
                        found.extend(expected);
                        found.extend(value);
                    }
                    Self::Wait { index, value, timeout, .. } | Self::WaitAsync { index, value, timeout, .. } => {
                        found.extend([index, value]);
                        found.extend(timeout);
                    }
                    Self::Notify { index, count, .. } => {
                        found.push(index);
                        found.extend(count);
                    }
                    Self::Call { call, .. } => found.extend(&$($mutable)? call.args),
                    Self::Transfer { length, .. } => found.extend(length),
                    _ => {}
                }
                found
            }
        }
    };
}
blocks! {
    /// The steps that run in the middle of this one, block by block.
    blocks, operands,
}
blocks! {
    /// As [`Op::blocks`].
    blocks_mut, operands_mut, mut
}
