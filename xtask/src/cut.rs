//! Takes code out of the browser's module that no page of ours reaches, but that the compiler must keep.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// Leptos keeps two ways to wake a view behind each erased one: at once, and step by step for routes that are loaded
/// lazily (`hydrate_lazy`). `frontend` wakes its page at once, so nothing ever calls the second; it is a tenth of the code.
const NEVER_CALLED: &str = "hydrate_async";

/// Writes the module without that code beside itself. What would be called nevertheless traps.
pub fn cut(compiled: &Path) -> Result<PathBuf> {
    let mut module = Module::from_file(compiled).with_context(|| format!("reading {}", compiled.display()))?;
    let never_called: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| {
            let name = module.funcs.get(*id).name.as_deref();
            name.is_some_and(|name| name.contains(NEVER_CALLED))
        })
        .collect();
    ensure!(
        !never_called.is_empty(),
        "no function is called {NEVER_CALLED}: is the list of names missing, or has leptos changed?"
    );
    for id in never_called {
        empty(&mut module, id);
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
