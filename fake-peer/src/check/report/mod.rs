//! What is made of a run: text for people, files for machines, a page for both.

pub mod console;
pub mod html;
pub mod json;
pub mod junit;
pub mod progress;
pub mod tap;
mod words;

pub use console::Console;
pub use html::html;
pub use json::{ReadError, json, read};
pub use junit::junit;
pub use tap::tap;
