use fake_peer_core::Hash256;
use fake_peer_fixtures::mainnet;

use super::*;

const NOW: u64 = 1_700_000_000;

fn sync(limits: Limits) -> HeaderSync {
    HeaderSync::new(Params::mainnet(), limits)
}

fn batch(after: usize) -> &'static [Header] {
    &mainnet()[after + 1..=after + 2000]
}

#[test]
fn batches_of_fewer_than_2000_end_it() {
    for last in [0, 1, 1999] {
        let mut sync = sync(Limits::default());
        assert_eq!(sync.receive(batch(0), NOW), Ok(2000));
        assert_eq!(sync.request().unwrap().locator.len(), 11);
        assert_eq!(sync.receive(&batch(2000)[..last], NOW), Ok(last));
        assert_eq!(sync.ended(), Some(Ended::NoMore));
        assert_eq!(sync.request(), None);
    }
}

#[test]
fn limits_end_it() {
    let mut few = sync(Limits {
        batches: Some(2),
        ..Limits::default()
    });
    few.receive(batch(0), NOW).unwrap();
    assert_eq!(few.ended(), None);
    few.receive(batch(2000), NOW).unwrap();
    assert_eq!(
        (few.ended(), few.tip().height),
        (Some(Ended::Batches), 4000)
    );

    let mut low = sync(Limits {
        height: 2500,
        ..Limits::default()
    });
    low.receive(batch(0), NOW).unwrap();
    assert_eq!(low.receive(batch(2000), NOW), Ok(500));
    assert_eq!((low.ended(), low.tip().height), (Some(Ended::Height), 2500));

    for (last, ended) in [(500, Ended::NoMore), (501, Ended::Height)] {
        let limits = Limits {
            height: 500,
            ..Limits::default()
        };
        let mut short = sync(limits);
        assert_eq!(short.receive(&batch(0)[..last], NOW), Ok(500));
        assert_eq!(short.ended(), Some(ended), "{last} headers");
    }
}

#[test]
fn headers_that_were_not_requested_are_refused() {
    let mut sync = sync(Limits::default());
    sync.receive(batch(0), NOW).unwrap();
    let again = sync.receive(batch(0), NOW).unwrap_err();
    insta::assert_snapshot!(again, @"asked for the headers after height 2000, but the peer sent those after height 0");
    let overlap = sync.receive(batch(1999), NOW).unwrap_err();
    insta::assert_snapshot!(overlap, @"asked for the headers after height 2000, but the peer sent those after height 1999");
    let elsewhere = sync.receive(batch(4000), NOW).unwrap_err();
    assert_eq!(elsewhere.rule(), Some(Rule::Link));
}

#[test]
fn an_invalid_header_is_reported_with_its_height_and_those_before_it_are_kept() {
    let mut sync = sync(Limits::default());
    let mut headers = batch(0).to_vec();
    headers[499].merkle_root = Hash256::ZERO;
    let error = sync.receive(&headers, NOW).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::ProofOfWork));
    assert!(
        error.to_string().starts_with("header at height 500 ("),
        "{error}"
    );
    assert_eq!(sync.tip().height, 499);
}
