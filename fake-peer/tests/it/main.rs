//! Tests of the package's commands, and of its library over sockets.

#![cfg(test)]

mod book_scripts;
mod check;
mod check_cli;
mod check_repeats;
mod check_reports;
mod controls;
mod decode;
mod decode_pcap;
mod dying;
mod english;
mod flaws;
mod health;
mod network;
mod never_green;
mod outcomes;
mod peer;
mod play;
mod real_clients;
mod record;
mod record_replay;
mod run;
mod script_cli;
mod script_files;
mod serve;
mod server;
mod shrink;
mod suite_cli;
mod support;
mod sync;
mod tiny_node;
mod transport;
mod validate;
