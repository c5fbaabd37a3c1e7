//! `fake-peer run`.

mod file;
mod report;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use fake_peer::drive::process::CommandLine;
use fake_peer::transcript::{Capture, PlayedAt, document};
use fake_peer::unix_time;
use tokio::task::JoinSet;

use self::file::ScriptFile;
use self::report::{Report, Shown, Tally};
use self::target::{Settings, Target};
use super::address::{HostPort, IpPort};
use super::failure::Failure;
use super::interrupt::interrupted;
use super::number;
use super::output;
use super::save::SaveFile;
use super::time_limit;

/// Play scripts at a node, at a client, or in memory at the model peer
///
/// Each script makes one line: pass, weaker (allowed, but not the best), FAIL, unsupported (the
/// script is not for such a target) or error (it cannot be played). A failure tells what was
/// expected, what came instead, the conversation, and the command that plays it again.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = ArgGroup::new("target").required(true))]
pub(crate) struct Args {
    /// Scripts; a folder stands for all .kdl files in it, and - for stdin.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Play at the node that listens there. The port may be left out.
    #[arg(long, value_name = "ADDR", group = "target")]
    connect: Option<HostPort>,
    /// Listen there, and play with the client that connects.
    #[arg(long, value_name = "ADDR", group = "target")]
    listen: Option<IpPort>,
    /// Play in memory at the model peer, on virtual time.
    #[arg(long, group = "target")]
    memory: bool,
    /// Start this client anew for each script, and end it afterwards: {addr}, {host} and {port}
    /// stand for where we listen. Not by a shell.
    #[arg(long, value_name = "CMD", conflicts_with_all = ["connect", "memory"])]
    exec: Option<CommandLine>,
    /// Put a bug into the model peer; may be repeated. `fake-peer flaws` lists them.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["connect", "listen"])]
    flaw: Vec<String>,
    /// What all that is random is drawn from: the same seed gives the same bytes.
    ///
    /// Without it, a random one, which is printed at the end.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long to wait for a connection, and in steps that do not say. At most a day.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit::parse)]
    timeout: Duration,
    /// How many scripts are played at once. With --listen and a port, from this port on.
    ///
    /// Without it, one, and with --exec or --memory one for each core.
    #[arg(long, value_name = "N", value_parser = number::within(1..=1_000_usize))]
    jobs: Option<usize>,
    /// Print one JSON document for each script, bytes and all, instead of lines.
    #[arg(long)]
    json: bool,
    /// Write what was said as a network capture, for Wireshark.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
With -v the conversation of each script is shown, not only of those that fail, and with -vv its
bytes too: > we sent, < the target sent, * to know.

Examples:
  fake-peer run ping.kdl --connect 127.0.0.1:18444       play it at a node
  fake-peer run cases/ --memory                          play all of a folder at the model peer
  fake-peer run headers.kdl --listen 127.0.0.1:0 --exec 'client --connect={addr}'
  fake-peer run crash.kdl --connect [::1] --seed 7 -vv --pcap crash.pcap

Exit codes:
  0    all passed, but for those that are weaker or unsupported
  1    a script failed
  2    bad usage, or a script that makes no sense
  3    a script could not be played: the target is not there, say
  130  interrupted by ctrl-c";

pub(crate) async fn run(args: Args, quiet: bool, verbose: u8) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    tokio::select! {
        result = play_all(args, quiet, verbose) => result,
        () = interrupted => Err(Failure::Interrupted),
    }
}

async fn play_all(args: Args, quiet: bool, verbose: u8) -> Result<(), Failure> {
    let now = unix_time();
    let files = file::load_all(&args.files, now)?;
    let settings = Settings {
        seed: args.seed.unwrap_or_else(target::random_seed),
        timeout: args.timeout,
        unix_time: now,
    };
    let pcap = args.pcap.as_deref().map(SaveFile::create).transpose()?;
    let target = Target::new(&args, &files, quiet).await?;
    let mut printer = Printer {
        shown: Shown::new(quiet, verbose),
        repeat: repeat(&args, settings.seed),
        json: args.json,
        capture: pcap.as_ref().map(|_| Capture::default()),
        tally: Tally::default(),
    };
    let jobs = args.jobs.unwrap_or_else(|| target.usual_jobs());
    play_in_order(files, Arc::new(target), settings, jobs, |report| {
        printer.print(report)
    })
    .await?;
    if let (Some(pcap), Some(capture)) = (pcap, printer.capture) {
        pcap.finish(&capture.into_file())?;
    }
    if !args.json && !quiet {
        output::line(format_args!("{}, seed {}", printer.tally, settings.seed))?;
    }
    printer.tally.outcome()
}

/// Plays so many at once, and tells of them in the order of the files.
async fn play_in_order(
    files: Vec<ScriptFile>,
    target: Arc<Target>,
    settings: Settings,
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
            playing.spawn(async move { (number, target.play(file, settings).await) });
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
    /// The command that plays a script again, but for its file.
    repeat: Vec<String>,
    json: bool,
    capture: Option<Capture>,
    tally: Tally,
}

impl Printer {
    fn print(&mut self, report: &Report) -> Result<(), Failure> {
        self.tally.count(report.mark());
        if let Some(capture) = &mut self.capture {
            let played = PlayedAt {
                target: report.target,
                port: report.script().network.port,
                start: report.start,
            };
            capture.add(&report.played.transcript, played);
        }
        if self.json {
            let text = document(&report.file.prepared, &report.played);
            return output::line(text.map_err(|error| Failure::Internal(error.into()))?);
        }
        let text = report.text(self.shown, &self.repeat);
        if text.is_empty() {
            return Ok(());
        }
        output::line(text)
    }
}

/// The words of the command line that matter to a play.
fn repeat(args: &Args, seed: u64) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |option: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([option.to_owned(), value]);
        }
    };
    add("--connect", args.connect.as_ref().map(ToString::to_string));
    add("--listen", args.listen.map(|listen| listen.to_string()));
    add("--exec", args.exec.as_ref().map(ToString::to_string));
    for flaw in &args.flaw {
        add("--flaw", Some(flaw.clone()));
    }
    if args.timeout != Duration::from_secs(10) {
        let timeout = humantime::format_duration(args.timeout).to_string();
        add("--timeout", Some(timeout.replace(' ', "")));
    }
    add("--seed", Some(seed.to_string()));
    if args.memory {
        words.insert(0, "--memory".to_owned());
    }
    words
}
