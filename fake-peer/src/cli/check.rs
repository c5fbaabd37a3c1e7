//! `fake-peer check`: the conformance suite.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use clap::ArgGroup;
use clap::builder::PossibleValuesParser;
use fake_peer::Network;
use fake_peer::check::report::Console;
use fake_peer::check::report::progress::Progress;
use fake_peer::check::{
    Case, CaseResult, Catalogue, Checker, Conclusion, Event, Profile, Ready, Run, Strictness,
};
use fake_peer::script::model::Role;
use fake_peer::script::network::NamedNetwork;
use fake_peer::target::{CommandLine, Link, Model, Target};

use super::address::{HostPort, IpPort};
use super::failure::Failure;
use super::flaw_names;
use super::interrupt::interrupted;
use super::list;
use super::network::NetworkArgs;
use super::number;
use super::output::{self, UntilClosed, width};
use super::reports::{ReportArgs, Reports};
use super::select::SelectArgs;
use super::services::ServicesArgs;
use super::target::{resolve, spawned};
use super::time_limit;

/// Check an implementation against the conformance suite
///
/// Without a target, it checks the built-in model peer. `fake-peer list` shows the cases.
///
/// The network is regtest by default, and for the model peer that of each case. With --network, the
/// cases for that network and for its base are run on it, and the others are skipped.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = ArgGroup::new("target"))]
pub(crate) struct Args {
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    play: PlayArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// List the cases that would be run
    #[arg(long)]
    dry_run: bool,
    /// Probe the target and print the facts about it, without running cases
    #[arg(long, conflicts_with = "dry_run")]
    facts: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Target")]
struct TargetArgs {
    /// Check the node that listens at this address; the port defaults to the network's
    #[arg(long, value_name = "ADDR", group = "target")]
    connect: Option<HostPort>,
    /// Start this node for each job, and again when a case has changed or killed it. {p2p} is
    /// replaced by the port on localhost where it must listen, {rpc} by another free port, and {dir}
    /// by an empty folder. It is run without a shell, and ended by SIGTERM and 5 seconds later by
    /// SIGKILL.
    #[arg(long, value_name = "CMD", group = "target")]
    spawn: Option<CommandLine>,
    /// Check the client that dials this address; with --exec, ports from this one on are used
    #[arg(long, value_name = "ADDR", group = "target")]
    listen: Option<IpPort>,
    /// Start this client for each case, without a shell. {addr}, {host} and {port} are replaced by
    /// the address where we listen, and {dir} by an empty folder.
    #[arg(long, value_name = "CMD", conflicts_with_all = ["connect", "spawn"])]
    exec: Option<CommandLine>,
    /// Put a bug into the model peer; may be repeated (see `fake-peer flaws`)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["target", "exec"])]
    flaw: Vec<String>,
    /// Whether the model peer listens or dials
    #[arg(long, default_value = "listens", conflicts_with_all = ["target", "exec"])]
    #[arg(value_parser = PossibleValuesParser::new(["listens", "dials"]))]
    role: String,
    /// Connect to the model peer over loopback instead of in memory
    #[arg(long, conflicts_with_all = ["target", "exec"])]
    tcp: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Running")]
struct PlayArgs {
    /// Seed for all random values; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How long to wait for a connection, and in steps without a time limit of their own
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time_limit::parse)]
    timeout: Duration,
    #[command(flatten)]
    services: ServicesArgs,
    /// How long a node may take to accept connections after its start, and a client to connect
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit::parse)]
    start_timeout: Duration,
    /// Number of cases to run at once
    ///
    /// Defaults to one with --connect and with --listen without --exec, to twice the number of cores
    /// with --spawn and --exec, and to the number of cores for the model peer.
    #[arg(long, value_name = "N", value_parser = number::within(1..=1_000_usize))]
    jobs: Option<usize>,
    /// Profile with the known failures of the target: a file, or the name of a built-in profile
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Start no further case after this many failures; the rest are skipped
    #[arg(long, value_name = "N", value_parser = number::within(1..=1_000_000_usize))]
    max_fail: Option<usize>,
    /// Start no further case after the first failure, as --max-fail 1
    #[arg(long, conflicts_with = "max_fail")]
    fail_fast: bool,
    /// How often a case that fails unexpectedly is repeated, on a fresh target where we start it
    ///
    /// If the verdict changes, the case is flaky, and still counts as failed. Defaults to 1, and to 0
    /// for the model peer.
    #[arg(long, value_name = "N", value_parser = number::within(0..=100_usize))]
    retries: Option<usize>,
    /// Also fail if a case is weaker than it should be, or passes unexpectedly
    #[arg(long)]
    strict: bool,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer check                                          the model peer
  fake-peer check headers '**/limit' --level must          some of the cases
  fake-peer check --connect 127.0.0.1:18444                a running node
  fake-peer check --spawn 'bitcoind -regtest -datadir={dir} -bind=127.0.0.1:{p2p} -rpcport={rpc}' \\
      --profile bitcoin-core --html report.html            a node that is started
  fake-peer check --exec 'client --connect={addr}'         a client that dials
  fake-peer check --partition 2/5 --junit report.xml       a fifth of the cases, for a CI machine

Exit codes:
  0    no case failed, except those that the profile expects to fail
  1    a case failed, or no case came to a verdict
  2    bad usage, such as options that select no case
  3    the target cannot be played at, or a case could not be run
  130  interrupted by ctrl-c";

/// The options that are left out of the command that repeats a case: the case is named, and the
/// seed is always given.
pub(crate) const NOT_REPEATED: &[&str] = &[
    "only",
    "skip",
    "level",
    "partition",
    "seed",
    "jobs",
    "retries",
    "max_fail",
    "fail_fast",
    "junit",
    "tap",
    "json",
    "html",
    "dry_run",
    "quiet",
    "verbose",
];

/// Runs the command. `given` are the options that were given, without [`NOT_REPEATED`].
pub(crate) async fn run(
    args: Args,
    mut given: Vec<String>,
    quiet: bool,
    verbose: u8,
) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let catalogue = args.select.catalogue()?;
    let cases = args.select.of(&catalogue)?;
    let profile = args.play.profile.as_deref();
    let profile = profile.map(|name| read_profile(name, &catalogue));
    let profile = profile.transpose()?;
    let network = args.target.network.named()?;
    let target = args.target.target(network.as_ref()).await?;
    given.extend(["--seed".to_owned(), args.play.seed.to_string()]);
    let mut checker = Checker::new(target)
        .seed(args.play.seed)
        .timeout(args.play.timeout)
        .services(args.play.services.chosen())
        .start_timeout(args.play.start_timeout)
        .again(given);
    if let Some(network) = network {
        checker = checker.network(network);
    }
    if let Some(jobs) = args.play.jobs {
        checker = checker.jobs(jobs);
    }
    if let Some(profile) = profile {
        checker = checker.profile(profile);
    }
    if let Some(count) = args.play.max_failures() {
        checker = checker.max_failures(count, args.play.strictness());
    }
    if let Some(retries) = args.play.retries {
        checker = checker.retries(retries);
    }
    if args.facts {
        return facts(&checker).await;
    }
    let played = played(&checker, &cases)?;
    if args.dry_run {
        return output::print(list::text(&played, width()));
    }
    let strictness = args.play.strictness();
    let mut reports = args.report.create(strictness)?;
    let shown = Shown {
        quiet,
        verbose,
        on_stderr: reports.use_stdout(),
        console: Console {
            width: width(),
            strictness,
        },
    };
    let mut was_interrupted = false;
    let mut stop = Box::pin(async {
        interrupted.await;
        was_interrupted = true;
    });
    let listening = |address| {
        if !shown.quiet {
            output::note(format_args!("listening on {address}"));
        }
    };
    let ready = tokio::select! {
        ready = checker.ready(listening) => ready.map_err(|error| Failure::of_target(&error))?,
        () = &mut stop => {
            reports.finish(&checker.not_run(&cases))?;
            return Err(Failure::Interrupted);
        }
    };
    let (run, printed) = watched(&checker, ready, &cases, stop, shown, &mut reports).await;
    reports.finish(&run)?;
    printed?;
    if was_interrupted {
        return Err(Failure::Interrupted);
    }
    conclude(&run, strictness)
}

/// Returns the cases that are played, of which there is at least one.
fn played<'a>(checker: &Checker, cases: &[&'a Case]) -> Result<Vec<&'a Case>, Failure> {
    let (mut played, mut reasons) = (Vec::new(), BTreeMap::new());
    for case in cases {
        match checker.skips(case) {
            None => played.push(*case),
            Some((_, reason)) => *reasons.entry(reason).or_insert(0_usize) += 1,
        }
    }
    if !played.is_empty() {
        return Ok(played);
    }
    let text = match cases.len() {
        1 => "the selected case does not apply to this target".to_owned(),
        count => format!("none of the {count} selected cases applies to this target"),
    };
    let reasons = reasons.iter().map(|(reason, count)| match count {
        1 => format!("1 case: {reason}"),
        _ => format!("{count} cases: {reason}"),
    });
    Err(Failure::Input(text).with_help(reasons.collect::<Vec<_>>().join("\n      ")))
}

/// Probes the target, and prints the facts about it.
async fn facts(checker: &Checker) -> Result<(), Failure> {
    let console = Console {
        width: width(),
        strictness: Strictness::Usual,
    };
    match checker.portrait().await {
        Ok((seen, portrait)) => output::print(console.facts(seen.as_ref(), &portrait).trim_end()),
        Err(error) => Err(Failure::Harness(error.to_string())),
    }
}

/// How much is printed, and where.
#[derive(Debug, Clone, Copy)]
struct Shown {
    quiet: bool,
    verbose: u8,
    /// Whether a report takes stdout, so that the results are printed on stderr.
    on_stderr: bool,
    console: Console,
}

impl Shown {
    fn out(self) -> UntilClosed<Box<dyn Write>> {
        UntilClosed(if self.on_stderr {
            Box::new(anstream::stderr())
        } else {
            Box::new(anstream::stdout())
        })
    }

    fn finished(self, progress: &mut Progress<impl Write>, case: &CaseResult) -> io::Result<()> {
        progress.finished(case)?;
        match self.verbose {
            0 => Ok(()),
            _ => progress.print(&self.console.details(case)),
        }
    }

    /// Prints what is shown of a quiet run.
    fn end(self, run: &Run) -> io::Result<()> {
        if Conclusion::of(&run.cases, self.console.strictness) == Conclusion::Fine {
            return Ok(());
        }
        let mut out = self.out();
        writeln!(out, "{}", self.console.end(run).trim_end())?;
        out.flush()
    }
}

/// Runs the cases, prints their results as they finish, and keeps the reports up to date. Also
/// returns whether everything was printed: the run goes on when stdout cannot be written, so that the
/// reports are complete.
async fn watched(
    checker: &Checker,
    ready: Ready,
    cases: &[&Case],
    stop: impl Future<Output = ()>,
    shown: Shown,
    reports: &mut Reports,
) -> (Run, Result<(), Failure>) {
    let ids = cases.iter().map(|case| case.id());
    let progress = || Progress::new(ids, shown.console, shown.out());
    let mut progress = (!shown.quiet).then(progress);
    let mut written = Ok(());
    let run = checker.watch_at(Some(ready), cases, stop, |event| {
        match (event, &mut progress) {
            (Event::Surveyed { seen, portrait }, Some(progress)) => {
                written = progress.print(&shown.console.portrait(seen, portrait));
            }
            (Event::Started(id), Some(progress)) => progress.started(id),
            (Event::Surveyed { .. } | Event::Started(_), None) => {}
            (Event::Finished(case, so_far), progress) => {
                if let (Some(progress), Ok(())) = (progress, &written) {
                    written = shown.finished(progress, case);
                }
                reports.update(|| so_far.run());
            }
        }
    });
    let run = run.await;
    let printed = match progress {
        Some(progress) => written.and_then(|()| progress.end(&run)),
        None => shown.end(&run),
    };
    (run, printed.map_err(Failure::Stdout))
}

/// Returns the success or the failure of the command.
pub(crate) fn conclude(run: &Run, strictness: Strictness) -> Result<(), Failure> {
    let of = |count: usize, what: &str| match count {
        1 => format!("1 case {what}"),
        _ => format!("{count} cases {what}"),
    };
    match Conclusion::of(&run.cases, strictness) {
        Conclusion::Fine => Ok(()),
        Conclusion::Failures => {
            let failed = run.cases.iter().filter(|case| case.is_failure(strictness));
            Err(Failure::Protocol(of(failed.count(), "failed")))
        }
        Conclusion::HarnessError => {
            let errors = run.summary.all.error;
            Err(Failure::Harness(of(errors, "could not be run")))
        }
        Conclusion::NothingShown => {
            let text = format!("no case came to a verdict: {}", run.summary.all);
            Err(Failure::NothingShown(text))
        }
    }
}

impl PlayArgs {
    fn max_failures(&self) -> Option<usize> {
        self.max_fail.or(self.fail_fast.then_some(1))
    }

    fn strictness(&self) -> Strictness {
        if self.strict {
            Strictness::Strict
        } else {
            Strictness::Usual
        }
    }
}

impl TargetArgs {
    async fn target(&self, network: Option<&NamedNetwork>) -> Result<Target, Failure> {
        let port = network.map_or(Network::REGTEST.port, |named| named.network.port);
        if let Some(node) = &self.connect {
            let name = node.with_default(port);
            return resolve(&name).await.map(Target::Connect);
        }
        if let Some(command) = &self.spawn {
            return spawned("--spawn", command);
        }
        let exec = self.exec.clone();
        match (self.listen, &exec) {
            (Some(listen), _) => Ok(Target::Client {
                listen: listen.with_default(if exec.is_some() { 0 } else { port }),
                exec,
            }),
            (None, Some(_)) => Ok(Target::Client {
                listen: IpPort::LOCALHOST.with_default(0),
                exec,
            }),
            (None, None) => self.model().map(Target::Model),
        }
    }

    fn model(&self) -> Result<Model, Failure> {
        Ok(Model {
            flaws: flaw_names::named(&self.flaw)?,
            role: match &*self.role {
                "dials" => Role::Dials,
                _ => Role::Listens,
            },
            link: if self.tcp { Link::Tcp } else { Link::Memory },
        })
    }
}

/// Reads a profile that is built in or in a file. Each pattern in a file must match a built-in case
/// or one of `catalogue`. Prints what is wrong with the file on stderr.
fn read_profile(name: &str, catalogue: &Catalogue) -> Result<Profile, Failure> {
    let read = if let Some(read) = Profile::embedded(name) {
        read
    } else {
        let text = fs::read_to_string(name).map_err(|error| {
            let known: Vec<_> = Profile::names().collect();
            Failure::Input(format!("{name}: {error}"))
                .with_help(format!("the built-in profiles are {}", known.join(", ")))
        })?;
        let built_in: Vec<_> = Catalogue::embedded_ids().collect();
        let own = catalogue.cases().iter().map(Case::id);
        let ids: Vec<_> = built_in.iter().map(String::as_str).chain(own).collect();
        Profile::parse_for(name, &text, &ids)
    };
    read.map_err(|problems| {
        output::note(problems);
        Failure::Input(format!("the profile {name} is invalid"))
    })
}
