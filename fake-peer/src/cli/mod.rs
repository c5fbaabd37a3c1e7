//! The command line: one file and one variant of [`Command`] per subcommand.

mod address;
mod again;
mod chain_source;
mod check;
mod decode;
mod demo;
mod download;
mod draft;
mod encode;
mod failure;
mod flaw_names;
mod flaws;
mod import;
mod interrupt;
mod list;
mod logging;
mod matrix;
mod network;
mod number;
mod output;
mod periods;
mod record;
mod recorded;
mod reports;
mod run;
mod save;
mod script;
mod select;
mod serve;
mod services;
mod shrink;
mod sync;
mod target;
mod time_limit;
mod validate;

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;
use logging::Verbosity;
use tracing_subscriber::filter::LevelFilter;

/// Test harness and conformance suite for the Bitcoin peer-to-peer protocol
///
/// Without a command, it runs a demonstration: a server and a client in one process exchange the
/// first 100,000 headers of mainnet over a real socket, and the conformance suite checks the
/// built-in model peer.
#[derive(Debug, Parser)]
#[command(name = "fake-peer", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    verbosity: Verbosity,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Args>),
    List(list::Args),
    Matrix(matrix::Args),
    Run(run::Args),
    Script(script::Args),
    Record(record::Args),
    Import(import::Args),
    Shrink(shrink::Args),
    Serve(serve::Args),
    Sync(sync::Args),
    Flaws(flaws::Args),
    Decode(decode::Args),
    Encode(encode::Args),
    Validate(validate::Args),
}

/// How long what is left of a command may take to end.
const SHUTDOWN: Duration = Duration::from_millis(500);

const AFTER_HELP: &str = "\
Examples:
  fake-peer                                   run a demonstration
  fake-peer check --connect 127.0.0.1:18444   run the conformance suite against a node
  fake-peer serve                             serve mainnet headers on 127.0.0.1:8333
  fake-peer sync 127.0.0.1                    download and check those headers
  fake-peer decode capture.pcap               print the messages in a capture
  fake-peer validate headers.bin              check a file of headers
  fake-peer script check case.kdl             check that a script is valid
  fake-peer run case.kdl --connect 127.0.0.1  play a script against a node
  fake-peer record --to 127.0.0.1 -o it.kdl   record a connection to a node as scripts

Exit codes:
  0    success
  1    the peer broke the protocol, a script failed, or a header is invalid
  2    bad usage, or an invalid input file
  3    the network failed (refused, closed, timed out, port in use), or another error occurred
  130  interrupted by ctrl-c
  134  the model peer of `serve` crashed, because of a --flaw
  141  stdout was closed (as in `fake-peer list | head -1`), in a command that only prints; others,
       such as `check` and `run`, go on, and their exit code is that of the verdict";

pub(crate) fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        Some(Command::Serve(_) | Command::Record(_)) => {
            cli.verbosity.start_log(LevelFilter::INFO, 0);
        }
        Some(Command::Run(_)) => cli.verbosity.start_log(LevelFilter::WARN, 2),
        _ => cli.verbosity.start_log(LevelFilter::WARN, 0),
    }
    match run(cli, &matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The options of a subcommand that were given; see [`again::given`].
fn given(matches: &ArgMatches, without: &[&str]) -> Vec<String> {
    let mut command = Cli::command();
    command.build();
    let given = matches.subcommand().and_then(|(name, matches)| {
        let command = command.find_subcommand(name)?;
        Some(again::given(command, matches, without))
    });
    given.unwrap_or_default()
}

fn run(cli: Cli, matches: &ArgMatches) -> Result<(), Failure> {
    let Verbosity { quiet, verbose } = cli.verbosity;
    let work = async {
        match cli.command {
            None => demo::run(quiet).await,
            Some(Command::Check(args)) => {
                let given = given(matches, check::NOT_REPEATED);
                check::run(*args, given, quiet, verbose).await
            }
            Some(Command::List(args)) => list::run(args),
            Some(Command::Matrix(args)) => matrix::run(&args, quiet),
            Some(Command::Run(args)) => {
                let given = given(matches, run::NOT_REPEATED);
                run::run(args, given, quiet, verbose).await
            }
            Some(Command::Script(args)) => script::run(args),
            Some(Command::Record(args)) => record::run(args, quiet).await,
            Some(Command::Import(args)) => import::run(&args, quiet),
            Some(Command::Shrink(args)) => shrink::run(&args, quiet),
            Some(Command::Serve(args)) => serve::run(args).await,
            Some(Command::Sync(args)) => sync::run(args, quiet).await,
            Some(Command::Flaws(args)) => flaws::run(&args),
            Some(Command::Decode(args)) => decode::run(&args, quiet),
            Some(Command::Encode(args)) => encode::run(&args),
            Some(Command::Validate(args)) => validate::run(args, quiet).await,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Internal)?;
    let result = runtime.block_on(work);
    // Plays that were interrupted are dropped, which ends what they started and removes its folder.
    // A name lookup that is still running is not waited for.
    runtime.shutdown_timeout(SHUTDOWN);
    result
}
