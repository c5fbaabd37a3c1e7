//! Bytes that are not interpreted.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::text_form::text_form;

/// A byte string; its text form is hexadecimal.
///
/// Unlike a vector it has no spare capacity: a message can hold very many very short ones.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(Box<[u8]>);

impl Bytes {
    /// The bytes as a vector.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into_vec()
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<Box<[u8]>>> From<T> for Bytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(&self.0))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Bytes {
    type Err = const_hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, const_hex::FromHexError> {
        const_hex::decode(text).map(Self::from)
    }
}

text_form!(Bytes);
