//! What is done to the browser's module before it is taken apart: code goes that no page of ours reaches, and what
//! several areas share is told to stay.
//!
//! It is done before, or what such code calls would stay: parts share functions by a table, and nobody sees that nobody
//! takes one from there. So nothing may change its place, or the linker's list of relocations would no longer be true.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::{
    ConstExpr, CustomSection, DataCountSection, DataSection, ExportKind, ExportSection, Module, RawSection,
};
use wasmparser::{ExportSectionReader, ExternalKind, KnownCustom, Parser, Payload, RelocSectionReader, RelocationType};

use crate::module::{Piece, bodies, code_start, function_names, number, piece, symbols_of_functions};

/// What the compiler must keep behind each erased view and route, by what all of its names have in them.
///
/// Only functions that are like each other at most may stand here: the compiler keeps one of several with the same code,
/// and its name may stand for others that are called.
const NEVER_CALLED: [&str; 3] = [
    // A second way to wake, step by step, for routes that are loaded lazily: `frontend` loads what it wakes before.
    "IntoAny$GT$8into_any13hydrate_async",
    // The list of all routes, which only a server makes.
    "into_any_nested_route15generate_routes",
    // Room in each area for a reference to what the areas share: `app/src/lazy.rs`.
    "13room_in_chunk",
];

/// How the names of exports begin that keep a function in the main part.
const STAY: &str = "stay_";

/// What is said of where functions go, all by name.
#[derive(Default)]
pub struct Places {
    /// They stay in the main part.
    pub main: HashSet<String>,
    /// Each list of functions that are never called, and what their bodies shall refer to instead, so that it comes to where
    /// they are needed.
    pub references: Vec<(Vec<String>, Vec<String>)>,
}

/// Whether a function is one that nothing calls.
pub fn is_never_called(name: &str) -> bool {
    NEVER_CALLED.iter().any(|words| name.contains(words))
}

/// The module without the code that nothing calls: what would be called nevertheless traps.
pub fn cut(module: &[u8], places: &Places) -> Result<Vec<u8>> {
    let names = function_names(module)?;
    for words in NEVER_CALLED {
        ensure!(
            names.iter().any(|(_, name)| name.contains(words)),
            "no function has {words} in its name: is the list of names missing, or has leptos or `app/src/lazy.rs` changed?"
        );
    }
    let numbers: HashMap<&str, u32> = names.iter().map(|(number, name)| (name.as_str(), *number)).collect();
    let symbols = symbols_of_functions(module)?;
    let bodies = bodies(module)?;
    let mut bytes = module.to_vec();
    let mut emptied = Vec::new();
    for (number, _) in names.iter().filter(|(_, name)| is_never_called(name)) {
        let body = bodies.get(number).context("a function without a body")?.clone();
        empty(&mut bytes[body.clone()]);
        emptied.push(body);
    }
    emptied.sort_by_key(|body| body.start);
    let code = code_start(module)?;
    let mut added = Vec::new();
    let mut main = places.main.clone();
    for (from, to) in &places.references {
        let symbol_of = |name: &str| symbols.get(numbers.get(name)?);
        let mut to = to.iter().filter_map(|name| Some((name, symbol_of(name)?)));
        for name in from {
            let Some(body) = numbers.get(name.as_str()).and_then(|number| bodies.get(number)) else {
                continue;
            };
            // Between the two bytes before and the two at the end, as many as there is room for.
            let room = body.start + 2..(body.end - 1).saturating_sub(REFERENCE.len());
            for place in room.step_by(REFERENCE.len()) {
                let Some((_, symbol)) = to.next() else { break };
                bytes[place..place + REFERENCE.len()].copy_from_slice(&REFERENCE);
                let mut entry = vec![RelocationType::TableIndexSleb as u8];
                number(u32::try_from(place + 1 - code)?, &mut entry);
                number(*symbol, &mut entry);
                added.push(entry);
            }
        }
        // What there is no room for stays where everybody finds it.
        main.extend(to.map(|(name, _)| name.clone()));
    }
    let mut written = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::ExportSection(exports) => {
                let mut all = copied(exports)?;
                for (number, _) in names.iter().filter(|(_, name)| main.contains(name)) {
                    all.export(&format!("{STAY}{number}"), ExportKind::Func, *number);
                }
                written.section(&all);
            }
            Payload::CustomSection(section) if section.name() == "reloc.CODE" => {
                let KnownCustom::Reloc(relocations) = section.as_known() else {
                    bail!("the relocations cannot be read");
                };
                let section = relocations.section_index();
                let mut entries = relocations_outside(module, relocations, code, &emptied)?;
                entries.extend(added.iter().map(Vec::as_slice));
                let mut data = Vec::new();
                number(section, &mut data);
                number(u32::try_from(entries.len())?, &mut data);
                data.extend(entries.concat());
                written.section(&CustomSection {
                    name: "reloc.CODE".into(),
                    data: data.into(),
                });
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let data = &bytes[range.start as usize..range.end as usize];
                    written.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(written.finish())
}

/// `i32.const` with the five bytes that the relocation fills in. What it leaves behind, the last `unreachable` of a body
/// takes away.
const REFERENCE: [u8; 6] = [0x41, 0x80, 0x80, 0x80, 0x80, 0x00];

/// The main part without the exports that told what should stay, and with more data.
pub fn completed(main: &[u8], data: &[Piece]) -> Result<Vec<u8>> {
    let mut written = Module::new();
    for payload in Parser::new(0).parse_all(main) {
        let payload = payload?;
        match &payload {
            Payload::ExportSection(exports) => {
                written.section(&copied(exports)?);
            }
            Payload::DataCountSection { count, .. } => {
                let count = count + u32::try_from(data.len())?;
                written.section(&DataCountSection { count });
            }
            Payload::DataSection(segments) => {
                let mut all = DataSection::new();
                for segment in segments.clone() {
                    let (address, bytes) = piece(&segment?)?;
                    all.active(0, &ConstExpr::i32_const(address), bytes);
                }
                for (address, bytes) in data {
                    all.active(0, &ConstExpr::i32_const(*address), bytes.iter().copied());
                }
                written.section(&all);
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let data = &main[range.start as usize..range.end as usize];
                    written.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(written.finish())
}

/// The same exports, but for marks.
fn copied(exports: &ExportSectionReader) -> Result<ExportSection> {
    let mut all = ExportSection::new();
    for export in exports.clone() {
        let export = export?;
        let kind = match export.kind {
            ExternalKind::Table => ExportKind::Table,
            ExternalKind::Memory => ExportKind::Memory,
            ExternalKind::Global => ExportKind::Global,
            ExternalKind::Tag => ExportKind::Tag,
            _ => ExportKind::Func,
        };
        if !export.name.starts_with(STAY) {
            all.export(export.name, kind, export.index);
        }
    }
    Ok(all)
}

/// A body that traps, of the same length: no locals, `unreachable`, `nop` for the rest, `unreachable` again and `end`. One
/// that does nothing has no room for it, and stays.
fn empty(body: &mut [u8]) {
    if body.len() < 3 {
        return;
    }
    body.fill(NOP);
    if let [locals, first, .., last, end] = body {
        (*locals, *first, *last, *end) = (0, UNREACHABLE, UNREACHABLE, END);
    } else if let [locals, .., first, end] = body {
        (*locals, *first, *end) = (0, UNREACHABLE, END);
    }
}

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The relocations that do not lie in one of the bodies, each as it is written.
fn relocations_outside<'a>(
    module: &'a [u8],
    relocations: RelocSectionReader,
    code: usize,
    bodies: &[Range<usize>],
) -> Result<Vec<&'a [u8]>> {
    let entries = relocations.entries();
    let mut kept = Vec::new();
    let mut from = None;
    let mut starts = Vec::new();
    for entry in entries.clone().into_iter_with_offsets() {
        let (start, entry) = entry?;
        let place = code + entry.offset as usize;
        let before = bodies.partition_point(|body| body.end <= place);
        let inside = bodies.get(before).is_some_and(|body| body.contains(&place));
        if let Some(from) = from.replace(start as usize) {
            starts.push(from..start as usize);
        }
        kept.push(!inside);
    }
    starts.extend(from.map(|from| from..entries.range().end as usize));
    let outside = starts.into_iter().zip(kept).filter(|(_, kept)| *kept);
    Ok(outside.map(|(range, _)| &module[range]).collect())
}

#[cfg(test)]
mod tests {
    use super::empty;

    #[test]
    fn an_emptied_body_traps_and_is_as_long_as_before() {
        for (body, emptied) in [
            (&[0, 0x0b][..], &[0, 0x0b][..]),
            (&[0, 0x41, 0x0b], &[0, 0x00, 0x0b]),
            (&[1, 1, 0x7f, 0x41, 0x07, 0x0b], &[0, 0x00, 0x01, 0x01, 0x00, 0x0b]),
        ] {
            let mut found = body.to_vec();
            empty(&mut found);
            assert_eq!(found, emptied);
        }
    }
}
