//! The command that repeats a case.

use std::time::Duration;

use fake_peer_core::message::Services;

use super::Checker;
use crate::script::player::PlayConfig;
use crate::target::Settings;

impl Checker {
    /// Returns the command that runs a case alone.
    pub(super) fn reproduce(&self, id: &str) -> String {
        let mut words = vec!["fake-peer".to_owned(), "check".to_owned(), id.to_owned()];
        match &self.options.again {
            Some(arguments) => words.extend_from_slice(arguments),
            None => words.extend(self.arguments()),
        }
        let words = words.iter().map(String::as_str);
        shlex::try_join(words).unwrap_or_default()
    }

    /// Returns the arguments that give the current settings.
    fn arguments(&self) -> Vec<String> {
        let mut words = self.target.arguments();
        if let Some(named) = &self.options.network {
            words.extend(["--network".to_owned(), named.spec.to_string()]);
        }
        if self.options.timeout != Self::TIMEOUT {
            words.extend(["--timeout".to_owned(), written(self.options.timeout)]);
        }
        if self.options.services != PlayConfig::SERVICES {
            words.extend(["--services".to_owned(), named(self.options.services)]);
        }
        if self.options.start_timeout != Settings::START {
            words.extend([
                "--start-timeout".to_owned(),
                written(self.options.start_timeout),
            ]);
        }
        words.extend(["--seed".to_owned(), self.options.seed.to_string()]);
        words
    }
}

/// Returns services as `--services` takes them.
fn named(services: Services) -> String {
    if services.is_empty() {
        String::new()
    } else {
        services.to_string()
    }
}

/// Returns a time as `--timeout` takes it.
fn written(time: Duration) -> String {
    humantime::format_duration(time)
        .to_string()
        .replace(' ', "")
}
