//! Takes code out of the browser's module that no page of ours reaches, but that the compiler must keep.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// What the compiler must keep behind each erased view and route, by what all of its names have in them.
///
/// Only functions that are like each other at most may stand here: the compiler keeps one of several with the same code,
/// and its name may stand for others that are called.
const NEVER_CALLED: [&str; 2] = [
    // A second way to wake, step by step, for routes that are loaded lazily: `frontend` wakes its page at once.
    "IntoAny$GT$8into_any13hydrate_async",
    // The list of all routes, which only a server makes.
    "into_any_nested_route15generate_routes",
];

/// Writes the module without that code beside itself. What would be called nevertheless traps.
pub fn cut(compiled: &Path) -> Result<PathBuf> {
    let mut module = Module::from_file(compiled).with_context(|| format!("reading {}", compiled.display()))?;
    for part in NEVER_CALLED {
        let found: Vec<FunctionId> = module
            .funcs
            .iter()
            .filter(|function| function.name.as_deref().is_some_and(|name| name.contains(part)))
            .map(|function| function.id())
            .collect();
        ensure!(
            !found.is_empty(),
            "no function has {part} in its name: is the list of names missing, or has leptos changed?"
        );
        for id in found {
            empty(&mut module, id);
        }
    }
    let written = compiled.with_extension("cut.wasm");
    module.emit_wasm_file(&written)?;
    Ok(written)
}

fn empty(module: &mut Module, id: FunctionId) {
    let kind = module.types.get(module.funcs.get(id).ty());
    let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
    let mut body = FunctionBuilder::new(&mut module.types, &parameters, &results);
    body.func_body().unreachable();
    let arguments = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    module.funcs.get_mut(id).kind = FunctionKind::Local(body.local_func(arguments));
}
