//! Targets that die because of a case, at once or some time after they have closed a connection.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use fake_peer::check::result::Ending;
use fake_peer::check::{Case, CaseResult, Catalogue, Checker, Run, Verdict};
use fake_peer::target::{CommandLine, Places, Target};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::dying::Death;

/// Reads cases with these ids and steps.
fn catalogue(cases: &[(&str, &str)]) -> Catalogue {
    let folder = TempDir::new().unwrap();
    for (id, steps) in cases {
        let path = folder.path().join(format!("{id}-a.kdl"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let script = format!(
            "script \"{id}\" network=regtest {{\n    about \"A requirement\"\n    \
             source \"BIP35\"\n    level must\n    {steps}\n}}\n"
        );
        fs::write(path, script).unwrap();
    }
    Catalogue::from_dir(folder.path()).unwrap()
}

const PING: &str = "handshake; barrier";
/// The target may close the connection, but it must not die.
const DEADLY: &str = "handshake; send mempool; expect-one-of { pass { disconnect; }; }";
const CLOSES: &str = "handshake; send getaddr; expect-one-of { pass { disconnect; }; }";

async fn run(target: Target, catalogue: &Catalogue) -> Run {
    let cases: Vec<&Case> = catalogue.cases().iter().collect();
    Checker::new(target).jobs(1).run(&cases).await
}

fn client(exec: CommandLine) -> Target {
    Target::Client {
        listen: "127.0.0.1:0".parse().unwrap(),
        exec: Some(exec),
    }
}

fn verdicts(run: &Run) -> Vec<(&str, Verdict)> {
    let verdict = |case: &CaseResult| case.verdict;
    let cases = run.cases.iter();
    cases.map(|case| (&*case.id, verdict(case))).collect()
}

/// Checks that this case is the only one that is said to have killed the target.
fn assert_killer(run: &Run, killer: &str, death: Death) {
    for case in &run.cases {
        let died = case.ending == Some(Ending::Died);
        assert_eq!(died, case.id == killer, "{death:?}: {run}");
        assert_eq!(case.verdict == Verdict::Fail, died, "{death:?}: {run}");
    }
}

/// Plays with every death at the same time, since most of the time is spent waiting.
async fn with_every_death<F>(play: impl Fn(Death) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut plays = JoinSet::new();
    for death in Death::all() {
        plays.spawn(play(death));
    }
    plays.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_is_found_at_the_case_that_killed_it() {
    with_every_death(|death| async move {
        let cases = catalogue(&[
            ("a/ping/1", PING),
            ("b/closes/1", CLOSES),
            ("c/deadly/1", DEADLY),
            ("d/closes/1", CLOSES),
            ("e/ping/1", PING),
        ]);
        let command = death.command("node", "127.0.0.1:{p2p}");
        let run = run(Target::Spawn(command.parse().unwrap()), &cases).await;
        assert_killer(&run, "c/deadly/1", death);
        let found = run.cases[2].found.as_deref().unwrap();
        let end = match death.code {
            Some(code) => format!("the target died: exited with status {code}"),
            None => "the target died: ended by signal 6 (SIGABRT)".to_owned(),
        };
        assert!(found.contains(&end), "{death:?}: {found}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_we_did_not_start_is_found_dead_by_its_port() {
    with_every_death(|death| async move {
        let cases = catalogue(&[("a/ping/1", PING), ("b/deadly/1", DEADLY)]);
        let node = Running::start(death);
        let run = run(Target::Connect(node.address), &cases).await;
        assert_killer(&run, "b/deadly/1", death);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dies_is_found_at_the_case_that_killed_it() {
    with_every_death(|death| async move {
        let cases = catalogue(&[
            ("a/ping/1", PING),
            ("b/deadly/1", DEADLY),
            ("c/ping/1", PING),
        ]);
        let command = death.command("client", "{addr}");
        let run = run(client(command.parse().unwrap()), &cases).await;
        assert_killer(&run, "b/deadly/1", death);
    })
    .await;
}

/// It is no death to exit successfully, nor is it one that we asked for.
#[tokio::test]
async fn a_client_that_exits_with_status_0_has_not_died() {
    let cases = catalogue(&[("a/ping/1", PING), ("b/closes/1", DEADLY)]);
    for after in [0, 50] {
        let death = Death {
            code: Some(0),
            after,
        };
        let command = death.command("client", "{addr}");
        let run = run(client(command.parse().unwrap()), &cases).await;
        assert!(
            verdicts(&run).iter().all(|(_, it)| *it == Verdict::Pass),
            "{run}"
        );
    }
}

/// The first case closes a connection, and the node dies when it is probed after the second.
const LATE: &[(&str, &str)] = &[
    (
        "a/late/1",
        "handshake; send filterclear; expect-one-of { pass { disconnect; }; }",
    ),
    ("b/ping/1", PING),
];

const AT_ONCE: Death = Death {
    code: Some(1),
    after: 0,
};

/// A node that we did not start cannot be started again.
#[tokio::test]
async fn cases_that_may_have_killed_a_node_name_each_other() {
    let node = Running::start(AT_ONCE);
    let run = run(Target::Connect(node.address), &catalogue(LATE)).await;
    let found: Vec<_> = run.cases.iter().map(|case| &case.found).collect();
    insta::assert_debug_snapshot!(found, @r#"
    [
        Some(
            "the target died: it accepts no more connections, because of this or of b/ping/1",
        ),
        Some(
            "the target died: it accepts no more connections, because of this or of a/late/1",
        ),
    ]
    "#);
}

/// None of the cases kills the node alone.
#[tokio::test]
async fn a_death_that_cannot_be_repeated_stays_with_the_last_case() {
    let command = AT_ONCE.command("node", "127.0.0.1:{p2p}");
    let target = Target::Spawn(command.parse().unwrap());
    let run = run(target, &catalogue(LATE)).await;
    assert_killer(&run, "b/ping/1", AT_ONCE);
}

/// A node that a test has started.
struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    fn start(death: Death) -> Self {
        let command: CommandLine = death.command("node", "127.0.0.1:0").parse().unwrap();
        let words = command.filled(&Places {
            address: "127.0.0.1:0".parse().unwrap(),
            rpc: 0,
            dir: std::path::Path::new(""),
        });
        let mut process = Command::new(&words[0])
            .args(&words[1..])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let mut lines = BufReader::new(stdout).lines().map(Result::unwrap);
        let address = lines.find_map(|line| line.strip_prefix("listening on ")?.parse().ok());
        let address = address.unwrap();
        Self { process, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
