//! The services that scripts offer.

use fake_peer::script::player::PlayConfig;
use fake_peer_core::message::Services;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

/// The option that selects the services, the same for each command that plays scripts.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ServicesArgs {
    /// Services to offer in `version` where a script does not name them, such as NETWORK|WITNESS;
    /// "" for none
    ///
    /// Defaults to those of a full node that serves filters as well; docs/script.md lists them.
    #[arg(long, value_name = "SERVICES", value_parser = parse)]
    services: Option<Services>,
}

impl ServicesArgs {
    /// Returns the services.
    pub(crate) fn chosen(self) -> Services {
        self.services.unwrap_or(PlayConfig::SERVICES)
    }
}

/// The error for a text that does not name services.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("expected services such as NETWORK|WITNESS: {0}")]
struct BadServices(#[from] Error);

/// Parses names and hexadecimal numbers with `|` between them. An empty text means none.
fn parse(text: &str) -> Result<Services, BadServices> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    Ok(Services::deserialize(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_names_or_numbers() {
        let both = Services::NETWORK | Services::WITNESS;
        for text in ["NETWORK|WITNESS", "NETWORK | WITNESS", "0x9", "NETWORK|0x8"] {
            assert_eq!(parse(text), Ok(both), "{text}");
        }
        assert_eq!(parse(""), Ok(Services::empty()));
        let unknown = parse("NETWORK|FILTERS").unwrap_err().to_string();
        insta::assert_snapshot!(unknown, @"expected services such as NETWORK|WITNESS: unrecognized named flag `FILTERS`");
    }
}
