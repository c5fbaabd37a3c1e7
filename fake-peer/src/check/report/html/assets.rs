//! The style and the script that all pages share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style and the script of a page.
#[derive(Debug)]
pub(super) struct Assets {
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    /// The hash of the script for the policy (Content Security Policy Level 3, section 2.3.1).
    pub(super) script_hash: String,
}

impl Assets {
    pub(super) fn new() -> Self {
        let script = include_str!("../../../../templates/page.js");
        let hash = STANDARD.encode(Sha256::digest(script));
        Self {
            style: include_str!("../../../../templates/page.css"),
            script,
            script_hash: format!("sha256-{hash}"),
        }
    }
}
