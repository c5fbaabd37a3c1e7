//! Escaping of untrusted text in a page.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

use crate::check::report::words::is_hidden;

/// Escapes HTML, control characters, and characters that change the direction of the text. All
/// templates use it (`askama.toml`).
#[derive(Clone, Copy)]
pub(super) struct Page;

impl Escaper for Page {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> fmt::Result {
        text.chars()
            .try_for_each(|char| self.write_escaped_char(&mut to, char))
    }

    fn write_escaped_char<W: Write>(&self, mut to: W, char: char) -> fmt::Result {
        match char {
            '\n' => to.write_char(char),
            _ if is_hidden(char) => write!(to, "{}", char.escape_default()),
            _ => Html.write_escaped_char(to, char),
        }
    }
}
