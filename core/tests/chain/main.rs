//! The header rules, the validator and the tree, from outside.

#![cfg(test)]

mod flaws;
mod laws;
mod miner;
mod real;
mod recorded;
mod rules;
mod tree;
