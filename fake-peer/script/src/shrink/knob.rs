//! What of a script can be made smaller.

use super::list::List;
use crate::model::{Item, Step};

/// One thing of a script that can be made smaller.
pub(super) enum Knob<'a> {
    /// Steps: any can be left out, and a block can give way to what is inside.
    Steps(&'a mut Vec<Step>),
    /// Items of a value: any can be left out, or all be alike.
    Items(&'a mut Vec<Item>),
    /// Parts, any of which can be left out.
    List(&'a mut dyn List),
    /// A count, and the least that it can be.
    Count(&'a mut u32, u32),
    /// A number whose size may mean anything.
    Int(&'a mut i128),
    /// What puts a thing back to what it usually is.
    Reset(&'a mut dyn FnMut()),
}
