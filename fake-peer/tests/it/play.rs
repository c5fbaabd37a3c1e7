//! Scripts and cases in memory and over loopback have the same results.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fake_peer::drive::play::{in_memory, model_peer, over_tcp, role_for};
use fake_peer::drive::tcp::{Sockets, run};
use fake_peer::script::load;
use fake_peer::script::model::Role;
use fake_peer::script::player::{EntryKind, PlayConfig, Played, Prepared, Verdict};
use fake_peer::unix_time;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Plays that take longer in virtual time are not repeated in real time.
const LONGEST: Duration = Duration::from_millis(100);

/// Every how many cases are played. All of them agreed when this was written, but they take half a
/// minute.
const EVERY: usize = 4;

/// Cases that transfer megabytes, which take seconds without optimization.
const HEAVY: [&str; 2] = ["random-flood", "replies-never-read"];

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "kdl") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}

fn prepared(path: &Path, now: u64) -> Arc<Prepared> {
    let text = fs::read_to_string(path).unwrap();
    let script = load(&path.display().to_string(), &text).unwrap();
    let beside = |file: &str| fs::read(path.parent().unwrap().join(file)).ok();
    Arc::new(Prepared::new(script, now, &beside).unwrap())
}

async fn over_loopback(script: Arc<Prepared>, config: PlayConfig) -> Played {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dials = Sockets {
        target: Some(listener.local_addr().unwrap()),
        ..Sockets::default()
    };
    let listens = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    let (ours, theirs) = match config.target {
        Role::Listens => (dials, listens),
        Role::Dials => (listens, dials),
    };
    let node = model_peer(&script, &[], &config);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(run(node, theirs, async {
        let _ = stopped.await;
    }));
    let played = over_tcp(script, config, ours, std::future::pending()).await;
    drop(stop);
    serving.await.unwrap();
    played
}

/// Returns the commands of what we sent, in order, except for pongs, since the node may send its
/// pings at any time.
fn said(played: &Played) -> Vec<String> {
    let entries = played.transcript.entries.iter();
    let commands = entries.filter_map(|entry| match &entry.kind {
        EntryKind::Sent { command, .. } => Some(format!("{command:?}")),
        _ => None,
    });
    commands
        .filter(|command| !command.contains("pong"))
        .collect()
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass { .. } => "pass",
        Verdict::Weaker { .. } => "weaker",
        Verdict::Fail(_) => "fail",
        Verdict::Unsupported(_) => "unsupported",
        Verdict::Error(_) => "error",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_played_over_tcp_as_in_memory() {
    let now = unix_time();
    let mut played = 0;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = ["scripts", "cases"].map(|folder| scripts(&root.join(folder)));
    for path in paths.concat().into_iter().step_by(EVERY) {
        if HEAVY
            .iter()
            .any(|name| path.ends_with(format!("{name}.kdl")))
        {
            continue;
        }
        let script = prepared(&path, now);
        let config = PlayConfig {
            seed: 1,
            unix_time: now,
            ..PlayConfig::new(role_for(script.script()))
        };
        let mut node = model_peer(&script, &[], &config);
        let memory = in_memory(Arc::clone(&script), config.clone(), &mut node);
        if memory.elapsed > LONGEST {
            continue;
        }
        let tcp = over_loopback(script, config).await;
        let name = path.display();
        assert_eq!(
            word(&tcp.verdict),
            word(&memory.verdict),
            "{name}: {:?}",
            tcp.verdict
        );
        assert_eq!(tcp.connections.len(), memory.connections.len(), "{name}");
        assert_eq!(said(&tcp), said(&memory), "{name}");
        played += 1;
    }
    assert!(played > 100, "{played}");
}
