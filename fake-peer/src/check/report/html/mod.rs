//! A run, or several side by side, as one page that needs no network and no other file.
//!
//! The templates are in `templates/`, and what is here says what stands in them. All that they are
//! given is escaped. Should a target still get a script into the page, its Content Security
//! Policy runs none but ours, which it knows by its hash.

mod assets;
#[cfg(test)]
mod browser;
mod dump;
mod escape;
mod matrix;
mod run;
mod summary;

pub use matrix::matrix;
pub use run::html;
