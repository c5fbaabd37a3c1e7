//! `fake-peer shrink`.

mod outcome;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use fake_peer::drive::play::{in_memory, model_peer};
use fake_peer::drive::process::CommandLine;
use fake_peer::drive::target::{Restartable, TargetError};
use fake_peer::node::Flaw;
use fake_peer::script::model::Role;
use fake_peer::script::player::{PlayConfig, Prepared};
use fake_peer::script::shrink::{Progress, Shrunk, shrink};
use fake_peer::script::{Script, load, text};
use fake_peer::unix_time;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::outcome::{Outcome, Seen};
use super::failure::Failure;
use super::flaw_names;
use super::interrupt::interrupted;
use super::number;
use super::output;
use super::save::SaveFile;
use super::time_limit;

/// Make a script smaller while what it leads to stays
///
/// Steps, messages, fields, bytes and numbers are left out as long as the target does what it did.
/// The target is started anew for each try, so that none depends on another; the smallest script
/// goes to stdout, or to --output. Ctrl-c ends the search with what was found so far.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = ArgGroup::new("target").required(true))]
pub(crate) struct Args {
    /// The script; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it must lead to: disconnect, crash (a signal, or a status above 128), exit=STATUS,
    /// hang, fail, weaker, pass, or stderr=TEXT (in what the target prints)
    #[arg(long, value_name = "OUTCOME")]
    until: Outcome,
    /// Start this target for each try: {addr}, {host} and {port} stand for where it must listen,
    /// or for where we do. Not by a shell.
    #[arg(long, value_name = "CMD", group = "target")]
    exec: Option<CommandLine>,
    /// Try in memory at the model peer, on virtual time
    #[arg(long, group = "target")]
    memory: bool,
    /// Put a bug into the model peer; may be repeated. `fake-peer flaws` lists them.
    #[arg(long, value_name = "NAME", requires = "memory")]
    flaw: Vec<String>,
    /// The target dials us; without this, it does if the script requires it
    #[arg(long)]
    dials: bool,
    /// Where to write the smallest script
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How often to try at most
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = number::within(1..=10_000_000_u64))]
    tries: u64,
    /// What all that is random is drawn from, the same in each try
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How long to wait for a connection, and in steps that do not say. At most a day.
    ///
    /// Most tries leave out what an answer was for, and wait in vain: a short time is a fast search.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit::parse)]
    timeout: Duration,
    /// How long the target may take to end by itself after a play
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = time_limit::parse)]
    patience: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer shrink crash.kdl --until crash -o small.kdl --exec 'node -regtest -port={port}'
  fake-peer shrink stall.kdl --until hang --timeout 2s --exec 'client --connect={addr}' --dials
  fake-peer shrink talk.kdl --until disconnect --memory

Exit codes:
  0    nothing is left to leave out, or --tries are used up
  1    the script does not lead to the outcome as it is
  2    bad usage, or a script that makes no sense
  3    the target cannot be started
  130  interrupted by ctrl-c; what was found so far is written";

pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let script = read(&args.file)?;
    let file = args.output.as_deref().map(SaveFile::create).transpose()?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        interrupted.await;
        // Nobody listens any more once the search has ended.
        let _ = stop.send(true);
    });
    let mut tries = Tries::new(args, &script, stopped.clone())?;
    let bar = bar(args.tries, quiet);
    let mut failed = None;
    let shrunk = tokio::task::block_in_place(|| {
        let failed = std::cell::RefCell::new(&mut failed);
        let mut oracle = |script: &Script| match tries.leads_to_outcome(script) {
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
    if let Some(failure) = failed {
        return Err(failure);
    }
    let was_stopped = *stopped.borrow();
    match shrunk {
        Ok(shrunk) => {
            write(&shrunk, file, args.output.as_deref())?;
            if !quiet {
                tell(&shrunk);
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

/// Plays scripts at fresh targets.
struct Tries {
    target: Target,
    outcome: Outcome,
    config: PlayConfig,
    /// Where the files of the script lie.
    folder: PathBuf,
    stopped: watch::Receiver<bool>,
}

enum Target {
    Process(Restartable),
    Memory(Vec<Flaw>),
}

impl Tries {
    fn new(args: &Args, script: &Script, stopped: watch::Receiver<bool>) -> Result<Self, Failure> {
        let target = match &args.exec {
            Some(exec) => Target::Process(Restartable {
                end: if args.until.is_of_process() {
                    args.patience
                } else {
                    Duration::ZERO
                },
                ..Restartable::new(exec.clone())
            }),
            None => Target::Memory(flaw_names::named(&args.flaw)?),
        };
        let role = if args.dials {
            Role::Dials
        } else {
            script.requires.role.unwrap_or(Role::Listens)
        };
        let folder = args.file.parent().unwrap_or(Path::new("."));
        Ok(Self {
            target,
            outcome: args.until.clone(),
            config: PlayConfig {
                seed: args.seed,
                unix_time: unix_time(),
                timeout: args.timeout,
                ..PlayConfig::new(role)
            },
            folder: folder.to_owned(),
            stopped,
        })
    }

    fn leads_to_outcome(&mut self, script: &Script) -> Result<bool, Failure> {
        let beside = |file: &str| fs::read(self.folder.join(file)).ok();
        let prepared = Prepared::new(script.clone(), self.config.unix_time, &beside);
        let Ok(prepared) = prepared.map(Arc::new) else {
            return Ok(false);
        };
        let config = self.config.clone();
        let seen = match &self.target {
            Target::Memory(flaws) => {
                let mut node = model_peer(script, flaws, &config);
                let played = in_memory(prepared, config, &mut node);
                Seen::in_memory(played, node.condition())
            }
            Target::Process(target) => {
                let stopped = self.stopped.wait_for(|stopped| *stopped);
                let run = Handle::current().block_on(async {
                    tokio::select! {
                        run = target.play(prepared, config) => Some(run),
                        _ = stopped => None,
                    }
                });
                match run {
                    Some(run) => Seen::from(run.map_err(|error| failure(&error))?),
                    None => return Ok(false),
                }
            }
        };
        Ok(seen.is(&self.outcome))
    }
}

fn failure(error: &TargetError) -> Failure {
    let text = error.to_string();
    match error {
        TargetError::Start { .. } => Failure::Input(text),
        TargetError::Deaf { process, .. } if !process.output.is_empty() => {
            Failure::Harness(text).with_help(format!("it said:\n{}", process.output))
        }
        TargetError::Deaf { .. } | TargetError::Port(_) => Failure::Harness(text),
    }
}

fn read(path: &Path) -> Result<Script, Failure> {
    let (name, read) = if path == Path::new("-") {
        ("stdin".to_owned(), io::read_to_string(io::stdin()))
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    let text = read.map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    load(&name, &text).map_err(|problems| {
        anstream::eprint!("{problems}");
        Failure::Input(format!("{name} does not make sense"))
    })
}

fn write(shrunk: &Shrunk, file: Option<SaveFile>, path: Option<&Path>) -> Result<(), Failure> {
    let text = text::print(&shrunk.script);
    match (file, path) {
        (Some(file), Some(_)) => file.finish(text.as_bytes()),
        _ => output::line(text.trim_end()),
    }
}

fn tell(shrunk: &Shrunk) {
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
    eprintln!("from {steps_before} to {steps} steps in {tries} tries{early}");
}

/// Nothing is drawn where nobody looks.
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
