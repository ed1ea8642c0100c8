//! Reads what a WebAssembly module says of itself, and writes numbers as it does.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Result, bail};
use wasmparser::{Data, DataKind, KnownCustom, Linking, Name, Operator, Parser, Payload, SymbolInfo, TypeRef};

/// Bytes, and the address that they lie at.
pub type Piece = (i32, Vec<u8>);

/// The linker's number of each function's symbol.
pub fn symbols_of_functions(module: &[u8]) -> Result<HashMap<u32, u32>> {
    let mut found = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        let KnownCustom::Linking(linking) = section.as_known() else {
            continue;
        };
        for subsection in linking.subsections() {
            if let Linking::SymbolTable(symbols) = subsection? {
                for (symbol, info) in (0..).zip(symbols) {
                    if let SymbolInfo::Func { index, .. } = info? {
                        found.insert(index, symbol);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Where the body of each function lies, by its number.
pub fn bodies(module: &[u8]) -> Result<HashMap<u32, Range<usize>>> {
    let mut bodies = HashMap::new();
    let mut next = imported_functions(module)?;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionEntry(body) = payload? {
            bodies.insert(next, body.range().start as usize..body.range().end as usize);
            next += 1;
        }
    }
    Ok(bodies)
}

/// From where relocations count.
pub fn code_start(module: &[u8]) -> Result<usize> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionStart { range, .. } = payload? {
            return Ok(range.start as usize);
        }
    }
    bail!("a module without code")
}

/// The data of a part that has nothing else; nothing of a part that also has code.
pub fn mere_data(part: &[u8]) -> Result<Option<Vec<Piece>>> {
    let mut pieces = Vec::new();
    for payload in Parser::new(0).parse_all(part) {
        match payload? {
            Payload::CodeSectionStart { count, .. } if count > 0 => return Ok(None),
            Payload::ElementSection(elements) if elements.count() > 0 => return Ok(None),
            Payload::DataSection(segments) => {
                for segment in segments {
                    pieces.push(piece(&segment?)?);
                }
            }
            _ => {}
        }
    }
    Ok(Some(pieces))
}

pub fn piece(segment: &Data) -> Result<Piece> {
    let DataKind::Active { offset_expr, .. } = &segment.kind else {
        bail!("data without an address");
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok((value, segment.data.to_vec())),
        other => bail!("data at an address that is not known: {other:?}"),
    }
}

/// Number and name of each function.
pub fn function_names(module: &[u8]) -> Result<Vec<(u32, String)>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        let KnownCustom::Name(names) = section.as_known() else {
            continue;
        };
        for name in names {
            if let Name::Function(names) = name? {
                for naming in names {
                    let naming = naming?;
                    found.push((naming.index, naming.name.to_owned()));
                }
            }
        }
    }
    Ok(found)
}

/// How many functions come from outside: they are numbered first.
pub fn imported_functions(module: &[u8]) -> Result<u32> {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                if matches!(import?.ty, TypeRef::Func(_)) {
                    count += 1;
                }
            }
        }
    }
    Ok(count)
}

/// The names of what a part imports from another.
pub fn imports_from(part: &[u8], module: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(part) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                let import = import?;
                if import.module == module {
                    names.push(import.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// Writes a number as WebAssembly does: LEB128.
pub fn number(mut value: u32, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_number_is_written_seven_bits_a_byte() {
        for (value, bytes) in [(0, &[0][..]), (127, &[0x7f]), (624_485, &[0xe5, 0x8e, 0x26])] {
            let mut written = Vec::new();
            number(value, &mut written);
            assert_eq!(written, bytes);
        }
    }
}
