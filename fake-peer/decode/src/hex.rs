//! Reading hexadecimal text.

use std::io::{self, Read};

use super::READ_SIZE;

/// The text is not hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct HexError {
    /// The line, from 1.
    pub line: u64,
    /// The column in bytes, from 1.
    pub column: u64,
    /// What is wrong at this place.
    pub kind: HexErrorKind,
}

/// What is wrong with hexadecimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HexErrorKind {
    /// A character that is not a digit, white space, a comma or part of a comment.
    #[error("found '{}', expected hex digits, white space, commas or # comments", .0.escape_ascii())]
    Digit(u8),
    /// A byte without its second digit.
    #[error("the second digit of this byte is missing")]
    Odd,
}

/// Reads hexadecimal text, and returns its bytes.
///
/// White space and commas are allowed anywhere and `0x` before any byte; `#` starts a comment that
/// ends with its line.
#[derive(Debug)]
pub(super) struct HexReader<R> {
    inner: R,
    lexer: Lexer,
    buffer: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: Read> HexReader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            lexer: Lexer::default(),
            buffer: vec![0; READ_SIZE],
            ready: Vec::new(),
            taken: 0,
        }
    }

    /// Reads until there are bytes to return; returns whether there are any.
    fn fill(&mut self) -> io::Result<bool> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() {
            let count = self.inner.read(&mut self.buffer)?;
            if count == 0 {
                self.lexer.end().map_err(io::Error::other)?;
                return Ok(false);
            }
            for &byte in self.buffer.get(..count).unwrap_or_default() {
                let decoded = self.lexer.next(byte).map_err(io::Error::other)?;
                self.ready.extend(decoded);
            }
        }
        Ok(true)
    }
}

impl<R: Read> Read for HexReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.ready.len() && !self.fill()? {
            return Ok(0);
        }
        let count = self.ready.get(self.taken..).unwrap_or_default().read(out)?;
        self.taken += count;
        Ok(count)
    }
}

/// Turns characters into bytes.
#[derive(Debug)]
pub(super) struct Lexer {
    line: u64,
    column: u64,
    /// The first digit of a byte, and its place.
    high: Option<(u8, HexError)>,
    /// Whether the character before was a 0 that may start `0x`.
    zero: bool,
    /// Whether the character before was not a digit.
    fresh: bool,
    comment: bool,
}

impl Default for Lexer {
    fn default() -> Self {
        Self {
            line: 1,
            column: 0,
            high: None,
            zero: false,
            fresh: true,
            comment: false,
        }
    }
}

impl Lexer {
    /// Reads a character, and returns the byte that it completes.
    pub(super) fn next(&mut self, byte: u8) -> Result<Option<u8>, HexError> {
        self.column += 1;
        if byte == b'\n' {
            (self.line, self.column) = (self.line + 1, 0);
            self.comment = false;
        }
        let (zero, fresh) = (self.zero, self.fresh);
        (self.zero, self.fresh) = (false, true);
        let digit = match byte {
            _ if self.comment => return Ok(None),
            b'#' => {
                self.comment = true;
                return Ok(None);
            }
            b',' => return Ok(None),
            _ if byte.is_ascii_whitespace() => return Ok(None),
            b'x' | b'X' if zero => {
                self.high = None;
                return Ok(None);
            }
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return Err(self.error(HexErrorKind::Digit(byte))),
        };
        self.fresh = false;
        if let Some((high, _)) = self.high.take() {
            return Ok(Some(high << 4 | digit));
        }
        self.high = Some((digit, self.error(HexErrorKind::Odd)));
        self.zero = fresh && digit == 0;
        Ok(None)
    }

    /// Whether the next character belongs to a comment, or ends one.
    pub(super) fn in_comment(&self) -> bool {
        self.comment
    }

    /// Ends the text.
    fn end(&self) -> Result<(), HexError> {
        match self.high {
            Some((_, odd)) => Err(odd),
            None => Ok(()),
        }
    }

    fn error(&self, kind: HexErrorKind) -> HexError {
        let (line, column) = (self.line, self.column);
        HexError { line, column, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        HexReader::new(text.as_bytes())
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    #[test]
    fn hex_is_read_as_people_write_it() {
        for text in [
            "f9beb4d9",
            " F9 BE\n\tb4d9\r\n",
            "0xf9, 0xbe, 0xb4, 0xd9,",
            "0xf9beb4d9 # 00",
            "# magic\nf 9be b4d9#",
        ] {
            assert_eq!(read(text), Ok(vec![0xf9, 0xbe, 0xb4, 0xd9]), "{text}");
        }
        assert_eq!(read("00 0x0 0"), Ok(vec![0, 0]));
    }

    #[test]
    fn what_is_not_hex_is_pointed_at() {
        insta::assert_snapshot!(read("f9be\nb4 zz").unwrap_err(), @"line 2, column 4: found 'z', expected hex digits, white space, commas or # comments");
        insta::assert_snapshot!(read("f9x").unwrap_err(), @"line 1, column 3: found 'x', expected hex digits, white space, commas or # comments");
        insta::assert_snapshot!(read("f9b\n\n").unwrap_err(), @"line 1, column 3: the second digit of this byte is missing");
    }
}
