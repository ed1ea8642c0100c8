//! The frame of signed-in pages, and the pages for what went wrong.

mod console;
mod failure;

pub use console::{Console, redirect_to};
pub use failure::{Failure, NotFoundPage, fail_or};
