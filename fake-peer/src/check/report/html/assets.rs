//! What all pages have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style and the script of a page.
#[derive(Debug)]
pub(super) struct Assets;

impl Assets {
    pub(super) fn style(&self) -> &'static str {
        include_str!("../../../../templates/page.css")
    }

    pub(super) fn script(&self) -> &'static str {
        include_str!("../../../../templates/page.js")
    }

    /// What the script is known by (Content Security Policy Level 3, section 2.3.1).
    pub(super) fn script_hash(&self) -> String {
        let hash = Sha256::digest(self.script());
        format!("sha256-{}", STANDARD.encode(hash))
    }
}
