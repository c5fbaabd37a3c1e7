//! `fake-peer run`.

mod file;
mod report;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use fake_peer::target::CommandLine;
use fake_peer::transcript::{Capture, PlayedAt as Ends, document};
use fake_peer::unix_time;
use tokio::task::JoinSet;

use self::file::ScriptFile;
use self::report::{Report, Shown, Tally};
use self::target::{Common, PlayedAt};
use super::address::{HostPort, IpPort};
use super::failure::Failure;
use super::interrupt::interrupted;
use super::network::NetworkArgs;
use super::number;
use super::output;
use super::save::SaveFile;
use super::services::ServicesArgs;
use super::time_limit;

/// Play scripts against a node, a client, or the model peer in memory
///
/// Each script is played on its own network, or on the one that --network names.
///
/// Prints one line per script: pass, weaker (allowed, but not the best behaviour), FAIL, unsupported
/// (the script does not apply to this target) or error (the script could not be played). A failure
/// also shows what was expected, what was found, the transcript, and the command that repeats it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = ArgGroup::new("target").required(true).multiple(true))]
pub(crate) struct Args {
    /// Scripts to play; a folder means every .kdl file in it, and - is stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Play against the node that listens at this address; the port defaults to the network's
    #[arg(long, value_name = "ADDR", group = "target")]
    #[arg(conflicts_with_all = ["spawn", "listen", "exec", "memory"])]
    connect: Option<HostPort>,
    /// Start this node for each script, and end it afterwards. {p2p} is replaced by the port on
    /// localhost where it must listen, {rpc} by another free port, and {dir} by an empty folder. It is
    /// run without a shell, and ended by SIGTERM and 5 seconds later by SIGKILL.
    #[arg(long, value_name = "CMD", group = "target")]
    #[arg(conflicts_with_all = ["listen", "exec", "memory"])]
    spawn: Option<CommandLine>,
    /// Listen on this address, and play against the client that connects
    #[arg(long, value_name = "ADDR", group = "target", conflicts_with = "memory")]
    listen: Option<IpPort>,
    /// Start this client for each script, without a shell, and end it afterwards. {addr}, {host} and
    /// {port} are replaced by the address where we listen, and {dir} by an empty folder.
    #[arg(long, value_name = "CMD", group = "target", conflicts_with = "memory")]
    exec: Option<CommandLine>,
    /// Play against the model peer in memory, in virtual time
    #[arg(long, group = "target")]
    memory: bool,
    /// Put a bug into the model peer; may be repeated (see `fake-peer flaws`)
    #[arg(long, value_name = "NAME", requires = "memory")]
    flaw: Vec<String>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Seed for all random values; the same seed gives the same bytes
    ///
    /// Defaults to a random seed, which is printed at the end.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long to wait for a connection, and in steps without a time limit of their own; at most a
    /// day
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit::parse)]
    timeout: Duration,
    #[command(flatten)]
    services: ServicesArgs,
    /// Number of scripts to play at once; with --listen, ports from the given one on are used
    ///
    /// Defaults to the number of cores with --spawn, --exec or --memory, and to one otherwise.
    #[arg(long, value_name = "N", value_parser = number::within(1..=1_000_usize))]
    jobs: Option<usize>,
    /// Print one JSON document per script, including all bytes, instead of lines
    #[arg(long)]
    json: bool,
    /// Write the traffic to this file as a network capture, for Wireshark
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
-v shows the transcript of every script, not only of those that fail, and -vv also its bytes. In a
transcript, > marks what we sent, < what the target sent, and * a note.

Examples:
  fake-peer run ping.kdl --connect 127.0.0.1:18444       play a script against a node
  fake-peer run cases/ --memory                          play a folder against the model peer
  fake-peer run headers.kdl --spawn 'node --port={p2p} --datadir={dir}'
  fake-peer run headers.kdl --exec 'client --connect={addr}'
  fake-peer run crash.kdl --connect [::1] --seed 7 -vv --pcap crash.pcap

Exit codes:
  0    no script failed
  1    a script failed, or no script came to a verdict
  2    bad usage, or an invalid script
  3    a script could not be played, for example because the target accepts no connection
  130  interrupted by ctrl-c";

/// The options that are left out of the command that plays a script again; the seed is always
/// given.
pub(crate) const NOT_REPEATED: &[&str] = &["seed", "jobs", "json", "pcap", "quiet", "verbose"];

/// Runs the command. `given` are the options that were given, without [`NOT_REPEATED`].
pub(crate) async fn run(
    args: Args,
    given: Vec<String>,
    quiet: bool,
    verbose: u8,
) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    tokio::select! {
        result = play_all(args, given, quiet, verbose) => result,
        () = interrupted => Err(Failure::Interrupted),
    }
}

async fn play_all(
    args: Args,
    mut given: Vec<String>,
    quiet: bool,
    verbose: u8,
) -> Result<(), Failure> {
    let now = unix_time();
    let files = file::load_all(&args.files, args.network.chosen()?, now)?;
    let common = Common {
        seed: args.seed.unwrap_or_else(target::random_seed),
        timeout: args.timeout,
        services: args.services.chosen(),
        unix_time: now,
    };
    let pcap = args.pcap.as_deref().map(SaveFile::create).transpose()?;
    let target = PlayedAt::new(&args, &files, quiet).await?;
    given.extend(["--seed".to_owned(), common.seed.to_string()]);
    let mut printer = Printer {
        shown: Shown::new(quiet, verbose),
        given,
        json: args.json,
        capture: pcap.as_ref().map(|_| Capture::default()),
        tally: Tally::default(),
    };
    let jobs = args.jobs.unwrap_or_else(|| target.usual_jobs());
    play_in_order(files, Arc::new(target), common, jobs, |report| {
        printer.print(report)
    })
    .await?;
    if let (Some(pcap), Some(capture)) = (pcap, printer.capture) {
        pcap.finish(&capture.into_file())?;
    }
    if !args.json && !quiet {
        output::line(format_args!("{}, seed {}", printer.tally, common.seed))?;
    }
    printer.tally.outcome()
}

/// Plays `jobs` at once, and reports them in the order of the files.
async fn play_in_order(
    files: Vec<ScriptFile>,
    target: Arc<PlayedAt>,
    common: Common,
    jobs: usize,
    mut tell: impl FnMut(&Report) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut waiting = files.into_iter().enumerate();
    let mut playing = JoinSet::new();
    let mut done = std::collections::BTreeMap::new();
    let mut told = 0;
    loop {
        while playing.len() < jobs
            && let Some((number, file)) = waiting.next()
        {
            let target = Arc::clone(&target);
            playing.spawn(async move { (number, target.play(file, common).await) });
        }
        let Some(finished) = playing.join_next().await else {
            return Ok(());
        };
        let (number, report) = finished.map_err(|error| Failure::Harness(error.to_string()))?;
        done.insert(number, report);
        while let Some(report) = done.remove(&told) {
            tell(&report?)?;
            told += 1;
        }
    }
}

struct Printer {
    shown: Shown,
    /// The options of the command that plays a script again.
    given: Vec<String>,
    json: bool,
    capture: Option<Capture>,
    tally: Tally,
}

impl Printer {
    fn print(&mut self, report: &Report) -> Result<(), Failure> {
        self.tally.count(report.outcome.verdict);
        if let Some(capture) = &mut self.capture {
            let played = Ends {
                target: report.role,
                port: report.file.prepared.network().port,
                start: report.start,
                magic: report.file.prepared.network().magic,
            };
            capture.add(&report.attempt.played.transcript, played);
        }
        if self.json {
            let text = document(&report.file.prepared, &report.attempt);
            return output::line(text.map_err(|error| Failure::Internal(error.into()))?);
        }
        let text = report.text(self.shown, &self.given);
        if text.is_empty() {
            return Ok(());
        }
        output::line(text)
    }
}
