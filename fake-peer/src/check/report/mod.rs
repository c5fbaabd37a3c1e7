//! The reports of a run: text for a terminal, files for CI, and an HTML page.

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
