//! Text from a peer: any bytes, usually ASCII.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A byte string with a CompactSize before it, such as a user agent.
///
/// Its text form escapes what is not printable ASCII (`\xe2`, `\n`, `\\`, `\"`), so that any bytes
/// survive a round trip through text, and no control characters from a peer reach a terminal.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct VarStr(pub Vec<u8>);

impl From<&str> for VarStr {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Display for VarStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for VarStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The text has an escape other than `\\`, `\"`, `\'`, `\n`, `\r`, `\t` and `\xNN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(r#"unknown escape at byte {offset}; expected \\, \", \', \n, \r, \t or \xNN"#)]
pub struct ParseVarStrError {
    /// The offset of the backslash in the text, in bytes.
    pub offset: usize,
}

impl FromStr for VarStr {
    type Err = ParseVarStrError;

    fn from_str(text: &str) -> Result<Self, ParseVarStrError> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            let (byte, after) = match first {
                b'\\' => {
                    let offset = text.len() - rest.len();
                    unescape(after).ok_or(ParseVarStrError { offset })?
                }
                _ => (first, after),
            };
            bytes.push(byte);
            rest = after;
        }
        Ok(Self(bytes))
    }
}

/// Reads what follows a backslash, and returns the byte meant and the rest.
fn unescape(text: &[u8]) -> Option<(u8, &[u8])> {
    Some(match text {
        [b'n', rest @ ..] => (b'\n', rest),
        [b'r', rest @ ..] => (b'\r', rest),
        [b't', rest @ ..] => (b'\t', rest),
        [quoted @ (b'\\' | b'"' | b'\''), rest @ ..] => (*quoted, rest),
        [b'x', high, low, rest @ ..] => {
            let [byte] = const_hex::decode_to_array([*high, *low]).ok()?;
            (byte, rest)
        }
        _ => return None,
    })
}

text_form!(VarStr);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_printable_is_escaped() {
        let text = VarStr(b"/Satoshi:0.1/\x1b[2J\xff\\\"\n".to_vec());
        assert_eq!(text.to_string(), r#"/Satoshi:0.1/\x1b[2J\xff\\\"\n"#);
        assert_eq!(
            r"a\q".parse::<VarStr>(),
            Err(ParseVarStrError { offset: 1 })
        );
        assert_eq!(
            r"ab\x4".parse::<VarStr>(),
            Err(ParseVarStrError { offset: 2 })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_survive_their_text(bytes: Vec<u8>) {
            let text = VarStr(bytes);
            prop_assert_eq!(text.to_string().parse(), Ok(text));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<VarStr>();
        }
    }
}
