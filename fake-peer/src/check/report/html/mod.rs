//! One run, or several side by side, as a self-contained HTML page.
//!
//! The templates are in `templates/`; these modules fill them in. Every value is escaped. Should a
//! target still get a script into the page, the page's Content Security Policy runs only our script,
//! which it identifies by its hash.

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
