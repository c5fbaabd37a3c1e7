//! The command that repeats a play or a run, made from the parsed arguments.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// Returns the options that were given to a command, in their original form, except for those in
/// `without`: the options that select scripts, and those that only affect the output. Arguments
/// without a name, such as files, are left out too.
///
/// New options are included automatically.
pub(crate) fn given(command: &Command, matches: &ArgMatches, without: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let Some(long) = arg.get_long().filter(|_| !without.contains(&id)) else {
            continue;
        };
        // Options of every command, such as --help, are not in the matches.
        let Ok(true) = matches.try_contains_id(id) else {
            continue;
        };
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let takes_values = arg.get_action().takes_values();
        for value in matches.get_raw(id).into_iter().flatten() {
            words.push(format!("--{long}"));
            if takes_values {
                words.push(value.to_string_lossy().into_owned());
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use crate::cli::{Cli, Command, check, given, run};

    fn parse(words: &[String]) -> (Command, Vec<String>) {
        let words = std::iter::once("fake-peer").chain(words.iter().map(String::as_str));
        let matches = Cli::command().try_get_matches_from(words).unwrap();
        let command = Cli::from_arg_matches(&matches).unwrap().command.unwrap();
        let without = match command {
            Command::Check(_) => check::NOT_REPEATED,
            _ => run::NOT_REPEATED,
        };
        let given = given(&matches, without);
        (command, given)
    }

    /// Returns the parsed options, without those that are not repeated.
    fn without(command: &Command, fields: &[&str]) -> String {
        let text = format!("{command:#?}");
        let depth = |line: &str| line.len() - line.trim_start().len();
        let mut lines = text.lines().peekable();
        let mut kept = String::new();
        while let Some(line) = lines.next() {
            let indent = depth(line);
            let name = line.trim_start().split(':').next().unwrap_or_default();
            if !fields.contains(&name) {
                kept.push_str(line);
                kept.push('\n');
                continue;
            }
            if lines.next_if(|line| depth(line) > indent).is_some() {
                while lines.next_if(|line| depth(line) > indent).is_some() {}
                // The line that closes the field.
                lines.next();
            }
        }
        kept
    }

    /// The printed command does the same as the first one.
    fn comes_back(text: &str) -> Vec<String> {
        let words = shlex::split(text).unwrap();
        let (command, given) = parse(&words);
        let without_fields = match command {
            Command::Check(_) => check::NOT_REPEATED,
            _ => run::NOT_REPEATED,
        };
        let again: Vec<String> = words[..2].iter().chain(&given).cloned().collect();
        let printed = shlex::try_join(again.iter().map(String::as_str)).unwrap();
        let (repeated, _) = parse(&shlex::split(&printed).unwrap());
        assert_eq!(
            without(&repeated, without_fields),
            without(&command, without_fields),
            "{printed}"
        );
        given
    }

    #[test]
    fn every_option_that_matters_comes_back() {
        let given = comes_back(
            "check ping/pong/1 --spawn 'node --a={p2p} \"two words\"' --network testnet4 \
             --timeout 1s --start-timeout 2m --services 'NETWORK|WITNESS' --cases dir --profile mine --strict --seed 7 --jobs 3 --json x \
             --max-fail 3 --retries 2 \
             --level must --skip inv --partition 1/2",
        );
        let expected = [
            "--cases",
            "dir",
            "--spawn",
            "node --a={p2p} \"two words\"",
            "--network",
            "testnet4",
            "--timeout",
            "1s",
            "--services",
            "NETWORK|WITNESS",
            "--start-timeout",
            "2m",
            "--profile",
            "mine",
            "--strict",
        ];
        let mut sorted = given.clone();
        let mut wanted = expected.map(str::to_owned).to_vec();
        sorted.sort();
        wanted.sort();
        assert_eq!(sorted, wanted);
        for text in [
            "check ping/pong/1 --flaw second-version-crashes --flaw headers-limit-missing --tcp --role dials",
            "check ping/pong/1 --connect '[::1]:18444'",
            "check ping/pong/1 --listen 127.0.0.1:0 --exec 'client {addr}'",
            "run a.kdl --memory --flaw second-version-crashes --timeout '1m 30s' --jobs 2 --json --pcap x",
            "run a.kdl --listen 127.0.0.1 --exec \"sh -c 'kill -SEGV $$'\"",
            "run a.kdl --spawn 'node {p2p} {rpc} {dir}'",
            "run a.kdl --connect node.example.org",
        ] {
            comes_back(text);
        }
        assert_eq!(comes_back("run a.kdl --memory"), ["--memory"]);
    }
}
