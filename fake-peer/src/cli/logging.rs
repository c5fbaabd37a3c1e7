//! The log on stderr.

use std::io::{self, IsTerminal};

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

/// How much is logged on stderr.
#[derive(Debug, Args)]
pub(crate) struct Verbosity {
    /// Log more: -v logs each message, -vv logs everything
    #[arg(
        short,
        long,
        action = clap::ArgAction::Count,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Logging"
    )]
    pub(crate) verbose: u8,
    /// Print only errors on stderr: no log and no progress bar
    #[arg(short, long, global = true, help_heading = "Logging")]
    pub(crate) quiet: bool,
}

impl Verbosity {
    /// Starts the log at the level `usual`, which -v raises. The first `for_output` occurrences of
    /// -v concern the output of a command instead of the log.
    pub(crate) fn start_log(&self, usual: LevelFilter, for_output: u8) {
        let level = match (self.quiet, self.verbose.saturating_sub(for_output)) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => usual,
            (false, 1) => LevelFilter::DEBUG,
            (false, _) => LevelFilter::TRACE,
        };
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(io::stderr)
            .with_ansi(may_colour())
            .with_target(false)
            // It would panic if stderr is closed.
            .log_internal_errors(false)
            .init();
    }
}

/// Returns whether stderr is a terminal that may be coloured (<https://no-color.org>).
fn may_colour() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !forbidden
}
