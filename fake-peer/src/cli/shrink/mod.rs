//! `fake-peer shrink`.

mod until;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use fake_peer::Network;
use fake_peer::outcome::{Finding, Outcome, Verdict};
use fake_peer::script::model::Role;
use fake_peer::script::network::resolve;
use fake_peer::script::player::{PlayConfig, Prepared};
use fake_peer::script::shrink::{Progress, Shrunk, shrink};
use fake_peer::script::{Script, load_beside, text};
use fake_peer::target::{Attempt, CommandLine, Handle, Model, Settings, Target, in_memory};
use fake_peer::unix_time;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Handle as Runtime;
use tokio::sync::watch;

use self::until::Until;
use super::address::IpPort;
use super::failure::Failure;
use super::flaw_names;
use super::interrupt::interrupted;
use super::network::{NetworkArgs, beside};
use super::number;
use super::output;
use super::save::SaveFile;
use super::services::ServicesArgs;
use super::target::spawned;
use super::time_limit;

/// Reduce a script to the smallest one with the same finding
///
/// Leaves out steps, messages, fields, bytes and numbers as long as the finding stays the same: the
/// verdict, what the failing step expected, what was observed instead (timed out, unresponsive,
/// closed, reset, a forbidden message), and whether the handshake was complete by then. For crash,
/// exit=STATUS and stderr=TEXT, that alone is the finding. To keep a smaller script from failing for
/// another reason, each is also played against the honest model peer, whose result must not change.
///
/// The target is restarted for each try, so that tries are independent. The smallest script is
/// written to stdout or to --output. Ctrl-c ends the search and writes the smallest script so far.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = ArgGroup::new("target").required(true))]
pub(crate) struct Args {
    /// Script to reduce; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Outcome that every script must lead to: disconnect, crash (a signal, or a status above 128),
    /// exit=STATUS, timeout (a wait timed out), unresponsive (a ping went unanswered), fail, weaker,
    /// pass, or stderr=TEXT (the target prints TEXT)
    #[arg(long, value_name = "OUTCOME")]
    until: Until,
    /// Start this node for each try, without a shell. {p2p} is replaced by the port on localhost where
    /// it must listen, {rpc} by another free port, and {dir} by an empty folder.
    #[arg(long, value_name = "CMD", group = "target", conflicts_with = "dials")]
    spawn: Option<CommandLine>,
    /// Start this target for each try, without a shell. {addr}, {host} and {port} are replaced by the
    /// address where it must listen, or with --dials, by the address where we listen.
    #[arg(long, value_name = "CMD", group = "target")]
    exec: Option<CommandLine>,
    /// Play against the model peer in memory, in virtual time
    #[arg(long, group = "target")]
    memory: bool,
    /// Put a bug into the model peer; may be repeated (see `fake-peer flaws`)
    #[arg(long, value_name = "NAME", requires = "memory")]
    flaw: Vec<String>,
    /// The target dials us [default: if the script requires it]
    #[arg(long)]
    dials: bool,
    #[command(flatten)]
    network: NetworkArgs,
    /// Write the smallest script to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Most tries
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = number::within(1..=10_000_000_u64))]
    tries: u64,
    /// Seed for all random values, which is the same for each try
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How long to wait for a connection, and in steps without a time limit of their own; at most a
    /// day
    ///
    /// Most tries leave out a request and wait for its answer until the time limit, so a short time
    /// speeds up the search.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit::parse)]
    timeout: Duration,
    #[command(flatten)]
    services: ServicesArgs,
    /// How long to wait for the target to exit by itself after a play
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = time_limit::parse)]
    patience: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer shrink crash.kdl --until crash -o small.kdl --spawn 'node -regtest -port={p2p}'
  fake-peer shrink stall.kdl --until timeout --timeout 2s --exec 'client --connect={addr}' --dials
  fake-peer shrink talk.kdl --until disconnect --memory

Exit codes:
  0    the script cannot be reduced further, or --tries are used up
  1    the whole script does not lead to the outcome
  2    bad usage, or an invalid script
  3    the target cannot be started
  130  interrupted by ctrl-c; the smallest script so far was written";

pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let script = read(&args.file)?;
    let file = args.output.as_deref().map(SaveFile::create).transpose()?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        interrupted.await;
        // Once the search has ended, no one receives it.
        let _ = stop.send(true);
    });
    let mut tries = tokio::task::block_in_place(|| Tries::new(args, &script, stopped.clone()))?;
    let bar = bar(args.tries, quiet);
    let mut failed = None;
    let shrunk = tokio::task::block_in_place(|| {
        let failed = std::cell::RefCell::new(&mut failed);
        let mut oracle = |script: &Script| match tries.shows_it(script) {
            Ok(holds) => holds,
            Err(failure) => {
                **failed.borrow_mut() = Some(failure);
                false
            }
        };
        let mut progress = |progress: &Progress| {
            bar.set_position(progress.tries);
            bar.set_message(format!("{} steps left", progress.steps));
            if *stopped.borrow() || failed.borrow().is_some() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        shrink(&script, &mut oracle, args.tries, &mut progress)
    });
    bar.finish_and_clear();
    let finding = tokio::task::block_in_place(|| tries.close());
    if let Some(failure) = failed {
        return Err(failure);
    }
    let was_stopped = *stopped.borrow();
    match shrunk {
        Ok(shrunk) => {
            write(&shrunk, file, args.output.as_deref())?;
            if !quiet {
                report(&shrunk, finding.as_deref());
            }
        }
        Err(_) if was_stopped => {}
        Err(error) => return Err(Failure::Protocol(error.to_string())),
    }
    if was_stopped {
        return Err(Failure::Interrupted);
    }
    Ok(())
}

/// Plays scripts at new targets.
struct Tries {
    handle: Handle,
    until: Until,
    config: PlayConfig,
    /// The file of the script, in whose folder its other files are.
    file: PathBuf,
    network: Network,
    stopped: watch::Receiver<bool>,
    /// The finding of the whole script, once it has been played.
    wanted: Option<Wanted>,
}

/// The finding that a smaller script must have too.
struct Wanted {
    finding: Finding,
    /// The finding of the honest model peer with the whole script, if the model peer can play it.
    control: Option<Finding>,
    /// A description.
    text: Option<String>,
}

impl Tries {
    fn new(args: &Args, script: &Script, stopped: watch::Receiver<bool>) -> Result<Self, Failure> {
        let requires = script.requires.role.unwrap_or(Role::Listens);
        let role = match (args.dials, &args.spawn) {
            (true, _) => Role::Dials,
            (false, Some(_)) => Role::Listens,
            (false, None) => requires,
        };
        let target = match (&args.spawn, &args.exec, role) {
            (Some(command), ..) => spawned("--spawn", command)?,
            (None, Some(command), Role::Listens) => spawned("--exec", command)?,
            (None, Some(exec), Role::Dials) => Target::Client {
                listen: IpPort::LOCALHOST.with_default(0),
                exec: Some(exec.clone()),
            },
            (None, None, _) => Target::Model(Model {
                flaws: flaw_names::named(&args.flaw)?,
                ..Model::default()
            }),
        };
        let network = match args.network.chosen()? {
            Some(network) => network,
            None => resolve(&script.network, &beside(&args.file))
                .map_err(|error| Failure::Input(error.to_string()))?,
        };
        let settings = Settings {
            start: START,
            patience: args.patience,
            is_patient: args.until.is_of_process(),
            ..Settings::new(network)
        };
        let handle = Runtime::current().block_on(target.open(0, settings));
        Ok(Self {
            handle: handle.map_err(|error| Failure::of_target(&error))?,
            until: args.until.clone(),
            config: PlayConfig {
                seed: args.seed,
                unix_time: unix_time(),
                timeout: args.timeout,
                services: args.services.chosen(),
                ..PlayConfig::new(role)
            },
            file: args.file.clone(),
            network,
            stopped,
            wanted: None,
        })
    }

    /// Returns whether a script has the wanted finding. The first script determines it.
    fn shows_it(&mut self, script: &Script) -> Result<bool, Failure> {
        let (script, now) = (script.clone(), self.config.unix_time);
        let prepared = Prepared::on(self.network, script, now, &beside(&self.file));
        let Ok(prepared) = prepared.map(Arc::new) else {
            return Ok(false);
        };
        let Some(attempt) = self.play(Arc::clone(&prepared))? else {
            return Ok(false);
        };
        if !self.until.holds(&attempt) {
            return Ok(false);
        }
        if let Some(wanted) = &self.wanted {
            return Ok(self.until.is_of_process() || self.is_same(wanted, &attempt, prepared));
        }
        let control = self.control(prepared);
        let outcome = Outcome::new(&attempt);
        self.wanted = Some(Wanted {
            finding: Finding::new(&attempt),
            control: is_judged(control.verdict()).then_some(control),
            text: outcome.found.or(outcome.note),
        });
        Ok(true)
    }

    /// Returns whether an attempt has the wanted finding, and not for a reason for which an honest
    /// peer would have it too.
    fn is_same(&self, wanted: &Wanted, attempt: &Attempt, script: Arc<Prepared>) -> bool {
        let control = wanted.control.as_ref();
        Finding::new(attempt) == wanted.finding
            && control.is_none_or(|wanted| wanted.agrees_with(&self.control(script)))
    }

    /// Plays a script, unless the search is stopped.
    fn play(&mut self, script: Arc<Prepared>) -> Result<Option<Attempt>, Failure> {
        let stopped = self.stopped.wait_for(|stopped| *stopped);
        let config = self.config.clone();
        let attempt = Runtime::current().block_on(async {
            tokio::select! {
                attempt = self.handle.play(script, config) => Some(attempt),
                _ = stopped => None,
            }
        });
        let attempt = attempt.transpose();
        attempt.map_err(|error| Failure::of_target(&error))
    }

    /// Returns the finding of the honest model peer with a script, in virtual time.
    fn control(&self, script: Arc<Prepared>) -> Finding {
        Finding::new(&in_memory(&[], script, self.config.clone()))
    }

    /// Ends the target, and returns a description of the finding.
    fn close(self) -> Option<String> {
        Runtime::current().block_on(self.handle.close());
        self.wanted?.text
    }
}

/// Returns whether a verdict is about the target, so that it can be compared.
fn is_judged(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Weaker | Verdict::Fail => true,
        Verdict::Varies
        | Verdict::Inconclusive
        | Verdict::Unsupported
        | Verdict::Error
        | Verdict::Skipped => false,
    }
}

fn read(path: &Path) -> Result<Script, Failure> {
    let (name, read) = if path == Path::new("-") {
        ("stdin".to_owned(), io::read_to_string(io::stdin()))
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    let text = read.map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    load_beside(&name, &text, &beside(path)).map_err(|problems| {
        output::note(problems);
        Failure::Input(format!("{name} is invalid"))
    })
}

fn write(shrunk: &Shrunk, file: Option<SaveFile>, path: Option<&Path>) -> Result<(), Failure> {
    let text = text::print(&shrunk.script);
    match (file, path) {
        (Some(file), Some(_)) => file.finish(text.as_bytes()),
        _ => output::print(text.trim_end()),
    }
}

/// The time limit for a target to start listening.
const START: Duration = Duration::from_secs(30);

fn report(shrunk: &Shrunk, finding: Option<&str>) {
    let Shrunk {
        steps_before,
        steps,
        tries,
        ..
    } = shrunk;
    let early = if shrunk.is_smallest {
        ""
    } else {
        "; there may be a smaller one"
    };
    output::note(format_args!(
        "from {steps_before} to {steps} steps in {tries} tries{early}"
    ));
    if let Some(finding) = finding {
        output::note(format_args!("found: {finding}"));
    }
}

/// The progress bar, hidden if `quiet`.
fn bar(tries: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(tries);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} tries of at most {len}, {msg}")
    {
        bar.set_style(style);
    }
    bar
}
