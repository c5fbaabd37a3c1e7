//! The log on stderr.

use std::io::{self, IsTerminal};

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

/// How much is said on stderr.
#[derive(Debug, Args)]
pub(crate) struct Verbosity {
    /// Log more: -v each message, -vv all there is.
    #[arg(
        short,
        long,
        action = clap::ArgAction::Count,
        global = true,
        conflicts_with = "quiet",
        help_heading = "On stderr"
    )]
    pub(crate) verbose: u8,
    /// Nothing but errors: no log, no progress bar.
    #[arg(short, long, global = true, help_heading = "On stderr")]
    pub(crate) quiet: bool,
}

impl Verbosity {
    /// Starts the log. A command that runs on its own says more than one whose output is read. The
    /// first `for_output` times of -v are about what a command prints, not about the log.
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
            .init();
    }
}

/// Whether stderr is a terminal that may be coloured (<https://no-color.org>).
fn may_colour() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !forbidden
}
