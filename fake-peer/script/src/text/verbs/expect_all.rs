//! `expect-all`: several things, in any order.

use std::time::Duration;

use kdl::KdlNode;

use super::{read_observation, write_observation};
use crate::model::{Expectation, Observation, Step};
use crate::text::node::{Built, Reader};
use crate::text::phrases;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "expect-all",
    about: "several things, in any order",
    read: |r| Some(Step::Expect(read(r))),
};

fn read(r: &mut Reader<'_>) -> Expectation {
    let within = r.prop("within");
    let context = r.context();
    let observations = r.children().iter().filter_map(|node| {
        let span = node.name().span();
        context.step(span, || read_observation(node, context))
    });
    Expectation::All {
        within,
        observations: observations.collect(),
    }
}

pub(super) fn write(within: Option<Duration>, observations: &[Observation]) -> KdlNode {
    Built::new(ROW.name)
        .opt("within", within)
        .block(observations.iter().map(write_observation))
        .done()
}

pub(super) fn explain(within: Option<Duration>) -> String {
    let within = phrases::within(within);
    format!("All of these happen, in any order{within}:")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fake_peer_machine::memory;
    use insta::assert_snapshot;

    use crate::check::check;
    use crate::model::{Role, Script};
    use crate::player::{PlayConfig, Player, Prepared};
    use crate::{explain, load, shrink, text};

    fn in_script(steps: &str) -> String {
        format!("script x network=regtest {{\n{steps}\n}}\n")
    }

    fn script(steps: &str) -> Script {
        load("x.kdl", &in_script(steps)).unwrap_or_else(|problems| panic!("{problems:#}"))
    }

    fn errors(steps: &str) -> String {
        format!("{:#}", load("x.kdl", &in_script(steps)).unwrap_err())
    }

    fn player(steps: &str, target: Role) -> Player {
        let script = Prepared::new(script(steps), 0, &|_| None).unwrap();
        Player::new(Arc::new(script), PlayConfig::new(target))
    }

    /// The verdict of the first script about a target that plays the second, and then does nothing.
    fn verdict(steps: &str, of_target: &str) -> String {
        let mut ours = player(steps, Role::Listens);
        let mut target = player(&format!("{of_target}; wait \"1m\""), Role::Dials);
        memory::run(&mut ours, &mut target);
        ours.finish().verdict.to_string()
    }

    const STEPS: &str = r#"
        connect
        expect-all within="5s" {
            expect ping {
                capture nonce as=theirs
            }
            expect inv
            expect ping nonce=7
        }
        send pong nonce=$theirs"#;

    #[test]
    fn the_text_is_read_back() {
        let script = script(STEPS);
        assert_eq!(text::parse(&text::print(&script)).unwrap().script, script);
        assert_snapshot!(explain(&script), @"
        x (regtest)

        1. Open the connection.
        2. All of these happen, in any order within 5s:
           2.1. The target sends ping; its nonce is kept as $theirs.
           2.2. The target sends inv.
           2.3. The target sends ping where nonce is 7.
        3. Send pong (length known only during a run).
        ");
    }

    #[test]
    fn the_order_does_not_matter() {
        let orders = [
            "send inv; send ping nonce=9; send ping nonce=7",
            "send ping nonce=9; send inv; send ping nonce=7",
            "send getaddr; send ping nonce=9; send ping nonce=7; send inv",
        ];
        for order in orders {
            assert_eq!(verdict(STEPS, &format!("connect; {order}")), "pass");
        }
        // A message counts for the first that it matches.
        assert_snapshot!(verdict(STEPS, "connect; send ping nonce=7; send ping nonce=9; send inv"), @r#"
        fail: timed out after 5 s waiting for `ping`; received: ping
          step 2: expect-all within="5s" { expect ping nonce=7 }
          connection main
        "#);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_snapshot!(verdict(STEPS, "connect; send ping nonce=9; send getaddr"), @r#"
        fail: timed out after 5 s waiting for `inv` or `ping`; received: getaddr
          step 2: expect-all within="5s" { expect inv; expect ping nonce=7 }
          connection main
        "#);
        assert_snapshot!(verdict(STEPS, "connect; send inv; send ping nonce=7; close"), @r#"
        fail: the target closed the connection (FIN)
          step 2: expect-all within="5s" { expect ping nonce=7 }
          connection main
        "#);
    }

    #[test]
    fn other_observations_count_too() {
        let steps = r#"connect; expect-all { barrier; expect inv; silence for="1s"; disconnect; }"#;
        assert_snapshot!(verdict(steps, "expect ping; send inv; close"), @r#"
        fail: the target closed the connection (FIN)
          step 2: expect-all { silence for="1s" }
          connection main
        "#);
        let steps = r#"connect; expect-all { expect inv; silence for="1s"; }"#;
        assert_eq!(verdict(steps, "connect; send inv"), "pass");
        assert_snapshot!(verdict(steps, "connect; send inv; send getaddr"), @r#"
        fail: the target sent `getaddr`
          step 2: expect-all { silence for="1s" }
          connection main
        "#);
        let steps = "connect; expect-all { expect inv; disconnect; }";
        assert_eq!(verdict(steps, "connect; send inv; close"), "pass");
    }

    #[test]
    fn slips_are_found() {
        assert_snapshot!(errors("expect-all { close; expect ping nonse=1; }"), @"
         × unknown verb `close`
          ╭─[x.kdl:2:14]
        1 │ script x network=regtest {
        2 │ expect-all { close; expect ping nonse=1; }
          ·              ──┬──
          ·                ╰── not valid as something to expect
        3 │ }
          ╰────
         help: expected one of `expect`, `disconnect`, `silence`, `barrier`
         × `ping` has no field `nonse`
          ╭─[x.kdl:2:33]
        1 │ script x network=regtest {
        2 │ expect-all { close; expect ping nonse=1; }
          ·                                 ───┬───
          ·                                    ╰── unknown field
        3 │ }
          ╰────
         help: did you mean `nonce`?
        ");
        let empty = errors("expect-all {}");
        assert!(empty.contains("`expect-all` expects nothing"), "{empty}");
        let late = errors("close; expect-all { barrier; }");
        assert!(late.contains("the connection `main` has ended"), "{late}");
    }

    #[test]
    fn what_does_not_matter_is_left_out() {
        let mut oracle = |script: &Script| text::print(script).contains("expect inv");
        let shrunk = shrink::shrink(&script(STEPS), &mut oracle, 1_000, &mut |_| {
            std::ops::ControlFlow::Continue(())
        });
        let shrunk = shrunk.unwrap();
        assert_eq!(check(&shrunk.script), []);
        assert_snapshot!(text::print(&shrunk.script), @r#"
        script "x" network=regtest {
            expect inv
        }
        "#);
        assert_eq!((shrunk.steps_before, shrunk.steps), (3, 1));
    }
}
