//! Loops written out: what follows a line `// unroll` and has constant bounds.
//!
//! Compilers for GPUs do this by themselves. Software adapters don't, and there an element whose index is no constant is
//! looked up lane by lane. Only for the innermost loops: what is written out takes long to compile there.

use std::fmt::Write as _;

use super::merge::evaluate;

/// Turns of a loop that are written out at most.
const MOST: u32 = 64;

/// The text with its marked loops, `for (var c = 0u; c < N; c++) {`, written out, unless they have too many turns.
pub fn unroll(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "// unroll" {
            result += line;
            result.push('\n');
            continue;
        }
        let head = lines.next().unwrap_or_default();
        let indent = &head[..head.len() - head.trim_start().len()];
        let end = format!("{indent}}}");
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        match turns(head, text).filter(|(_, turns)| *turns <= MOST) {
            Some((name, turns)) => {
                for turn in 0..turns {
                    let _ =
                        write!(result, "{indent}{{\n{indent}  const {name} = {turn}u;\n{}\n{end}\n", body.join("\n"));
                }
            }
            None => {
                let _ = write!(result, "{head}\n{}\n{end}\n", body.join("\n"));
            }
        }
    }
    result
}

/// The variable of a loop from 0 on, and how many turns it has.
fn turns<'a>(head: &'a str, source: &str) -> Option<(&'a str, u32)> {
    let (name, rest) = head.trim().strip_prefix("for (var ")?.split_once(" = 0u; ")?;
    let bound = rest.strip_prefix(name)?.strip_prefix(" < ")?.split(';').next()?;
    Some((name, evaluate(bound, source)?))
}
