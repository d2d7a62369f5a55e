//! What a version of the ABI has promised: `tests/abi/MAJOR.MINOR.json`, one a minor version.

use primer_generate::abi::{Abi, Struct};

/// What `new` breaks for programs that were compiled with `old`, of the same major version.
pub fn broken(old: &Abi, new: &Abi) -> Vec<String> {
    let mut broken = Vec::new();
    let mut gone = |what: &str, name: &str, same: bool| {
        if !same {
            broken.push(format!("{what} {name} has changed or is gone"));
        }
    };
    for c in old.constants.iter().filter(|c| !c.experimental) {
        gone("the constant", &c.name, new.constants.iter().any(|n| n.name == c.name && n.value == c.value));
    }
    for h in old.handles.iter().filter(|h| !h.experimental) {
        gone("the handle", &h.name, new.handles.iter().any(|n| n.name == h.name));
    }
    for s in old.structs.iter().filter(|s| !s.experimental) {
        gone("the struct", &s.name, new.structs.iter().any(|n| n.name == s.name && serves(s, n)));
    }
    for (what, old, new) in
        [("the function", &old.functions, &new.functions), ("the callback", &old.callbacks, &new.callbacks)]
    {
        for f in old.iter().filter(|f| !f.experimental) {
            let same = |n: &primer_generate::abi::Function| {
                (&n.name, &n.returns, &n.arguments) == (&f.name, &f.returns, &f.arguments)
            };
            gone(what, &f.name, new.iter().any(same));
        }
    }
    broken
}

/// A struct that starts with its size may get more fields at its end; every other stays as it is.
fn serves(old: &Struct, new: &Struct) -> bool {
    let grows = old.fields[0].name == "struct_size";
    new.fields.starts_with(&old.fields) && (grows || new.size == old.size) && new.size >= old.size
}

#[cfg(test)]
mod tests {
    use super::*;
    use primer_generate::abi::Field;

    fn abi() -> Abi {
        serde_json::from_str(&std::fs::read_to_string(crate::root().join("tests/abi/0.1.json")).unwrap()).unwrap()
    }

    fn field(kind: &str, offset: usize, size: usize) -> Field {
        Field { name: "later".into(), kind: kind.into(), offset, size }
    }

    /// The number of things that a change breaks.
    fn breaks(change: impl FnOnce(&mut Abi)) -> usize {
        let mut changed = abi();
        change(&mut changed);
        broken(&abi(), &changed).len()
    }

    fn named<'a>(abi: &'a mut Abi, name: &str) -> &'a mut Struct {
        abi.structs.iter_mut().find(|s| s.name == name).unwrap()
    }

    #[test]
    fn what_is_added_breaks_nothing() {
        assert_eq!(breaks(|_| {}), 0);
        assert_eq!(
            breaks(|abi| abi
                .functions
                .insert(0, primer_generate::abi::Function { name: "new".into(), ..abi.functions[3].clone() })),
            0
        );
        assert_eq!(breaks(|abi| abi.constants[0].group = "OTHER".into()), 0);
        let grow = |abi: &mut Abi| {
            let options = named(abi, "primer_adapt_options");
            options.fields.push(field("uint64_t", options.size, 8));
            options.size += 8;
        };
        assert_eq!(breaks(grow), 0);
    }

    #[test]
    fn what_changes_or_goes_breaks_programs() {
        assert_eq!(breaks(|abi| drop(abi.functions.pop())), 0, "the last functions are experimental");
        assert_eq!(breaks(|abi| drop(abi.functions.remove(0))), 1);
        assert_eq!(breaks(|abi| abi.functions[3].returns = "int64_t".into()), 1);
        assert_eq!(breaks(|abi| abi.functions[2].arguments[0].kind = "char *".into()), 1);
        assert_eq!(breaks(|abi| abi.constants[2].value = 99), 1);
        assert_eq!(breaks(|abi| drop(abi.handles.remove(0))), 1);
        assert_eq!(breaks(|abi| drop(abi.callbacks[1].arguments.pop())), 1);
        let grow_an_array = |abi: &mut Abi| {
            let word = named(abi, "primer_word");
            word.fields.push(field("size_t", word.size, 8));
            word.size += 8;
        };
        assert_eq!(breaks(grow_an_array), 1);
        assert_eq!(breaks(|abi| named(abi, "primer_model_options").fields.swap(1, 2)), 1);
        assert_eq!(breaks(|abi| named(abi, "primer_entity").fields[5].kind = "double".into()), 1);
        assert_eq!(breaks(|abi| drop(named(abi, "primer_progress").fields.pop())), 1);
    }
}
