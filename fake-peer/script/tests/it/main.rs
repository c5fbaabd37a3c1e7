//! Tests of scripts through the public interface: their text, their bytes, and plays in memory.

#![cfg(test)]

mod docs;
mod errors;
mod multipliers;
mod network;
mod player;
mod scale;
mod shown;
mod text;
mod wire;
