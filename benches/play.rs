//! The time of a play of a ten-step script at the model peer: in memory, and over loopback. The
//! script is read and its chain mined beforehand; each play creates a player and a model peer.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fake_peer::drive::play::{in_memory, model_peer, over_tcp};
use fake_peer::drive::tcp::{self, Sockets};
use fake_peer::script::model::Role;
use fake_peer::script::player::{PlayConfig, Prepared, Verdict};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The start of each play, in seconds since 1970: a fixed time.
const NOW: u64 = 1_750_000_000;

const SCRIPT: &str = r#"
script "bench" network=regtest {
    chain length=10
    handshake start_height=10
    expect getheaders locator.0=$main.0
    send headers from=1 count=10
    barrier
    send inv {
        inventory {
            - kind=BLOCK hash=$random.32
        }
    }
    expect getheaders locator.0=$main.10
    send ping nonce=7
    expect pong nonce=7
    barrier
    close
}
"#;

criterion_group!(benches, play);
criterion_main!(benches);

fn play(criterion: &mut Criterion) {
    let script = prepared();
    let config = PlayConfig {
        unix_time: NOW,
        ..PlayConfig::new(Role::Listens)
    };
    let mut group = criterion.benchmark_group("play");
    group.throughput(Throughput::Elements(1));
    group.bench_function("memory", |bencher| {
        bencher.iter(|| {
            let mut target = model_peer(&script, &[], &config);
            let played = in_memory(Arc::clone(&script), config.clone(), &mut target);
            assert!(matches!(played.verdict, Verdict::Pass { .. }));
            black_box(played)
        });
    });
    let runtime = Runtime::new().unwrap();
    group.bench_function("loopback", |bencher| {
        bencher.iter(|| {
            let played = runtime.block_on(over_loopback(&script, &config));
            assert!(matches!(played, Verdict::Pass { .. }));
        });
    });
    group.finish();
}

fn prepared() -> Arc<Prepared> {
    let script = fake_peer::script::load("bench", SCRIPT).unwrap();
    Arc::new(Prepared::new(script, NOW, &|_| None).unwrap())
}

/// One play at a model peer on its own port.
async fn over_loopback(script: &Arc<Prepared>, config: &PlayConfig) -> Verdict {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().ok();
    let node = model_peer(script, &[], config);
    let serving = tokio::spawn(tcp::listen(node, listener));
    let sockets = Sockets {
        target: address,
        ..Sockets::default()
    };
    let never = std::future::pending();
    let played = over_tcp(Arc::clone(script), config.clone(), sockets, never).await;
    serving.abort();
    played.verdict
}
