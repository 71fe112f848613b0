//! Cutting a project file into coloured pieces.

use pipeline::highlight;
use pipeline::highlight::TokenClass::{
    self, Comment, Key, Literal, Marker, Path, Plain, Punctuation, Quoted, Reference,
};

/// The pieces of a text without its blanks.
fn pieces(text: &str) -> Vec<(TokenClass, String)> {
    let tokens = highlight(text).into_iter().flatten();
    tokens.filter(|token| token.class != TokenClass::Space).map(|token| (token.class, token.text)).collect()
}

fn piece(class: TokenClass, text: &str) -> (TokenClass, String) {
    (class, text.to_owned())
}

#[test]
fn keys_values_and_comments_are_told_apart() {
    assert_eq!(
        pieces("version: '4.0' # old\nactions:\n  my action: &a {x: [1, yes], y: *a}"),
        [
            piece(Key, "version"),
            piece(Punctuation, ":"),
            piece(Quoted, "'4.0'"),
            piece(Comment, "# old"),
            piece(Key, "actions"),
            piece(Punctuation, ":"),
            piece(Key, "my action"),
            piece(Punctuation, ":"),
            piece(Reference, "&a"),
            piece(Punctuation, "{"),
            piece(Key, "x"),
            piece(Punctuation, ":"),
            piece(Punctuation, "["),
            piece(Literal, "1"),
            piece(Punctuation, ","),
            piece(Plain, "yes"),
            piece(Punctuation, "]"),
            piece(Punctuation, ","),
            piece(Key, "y"),
            piece(Punctuation, ":"),
            piece(Reference, "*a"),
            piece(Punctuation, "}"),
        ]
    );
    assert_eq!(
        pieces("---\n- \"k\": a#b"),
        [
            piece(Marker, "---"),
            piece(Punctuation, "-"),
            piece(Key, "\"k\""),
            piece(Punctuation, ":"),
            piece(Plain, "a#b"),
        ]
    );
}

/// The scripts of a text and the files they name.
fn scripts(text: &str) -> Vec<(String, String)> {
    let tokens = highlight(text).into_iter().flatten();
    tokens
        .filter(|token| token.class == Path)
        .map(|token| (token.text, token.target.unwrap_or_default()))
        .collect()
}

#[test]
fn scripts_of_run_lines_name_their_files() {
    assert_eq!(
        scripts(
            "    run: r:v2 ./analysis/a.R --in=x/y output/b.csv /workspace/c/d.R\n    needs: [e/f]\n    x: g/h\n"
        ),
        [
            ("./analysis/a.R".to_owned(), "analysis/a.R".to_owned()),
            ("/workspace/c/d.R".to_owned(), "c/d.R".to_owned())
        ]
    );
}

#[test]
fn commands_over_several_lines_name_their_files_too() {
    let block = "  a:\n    run: >\n      r:v2 analysis/a.R\n      analysis/b.csv\n    config: {x: c/d}\n";
    assert_eq!(scripts(block).len(), 2, "{:?}", scripts(block));
    let plain = "  a:\n    run: r:v2\n      analysis/a.R\n    outputs:\n      x: c/d\n";
    assert_eq!(scripts(plain).len(), 1, "{:?}", scripts(plain));
    let flow = "a: {run: r:v2 analysis/a.R, outputs: {x: c/d.csv}}\nb: e/f\n";
    assert_eq!(scripts(flow).len(), 1, "{:?}", scripts(flow));
}

#[test]
fn block_scalars_and_quotes_go_on_over_lines() {
    assert_eq!(
        pieces("a: |\n  x: y # z\n\nb: 'c\n  d' # e\n"),
        [
            piece(Key, "a"),
            piece(Punctuation, ":"),
            piece(Punctuation, "|"),
            piece(Plain, "x: y # z"),
            piece(Key, "b"),
            piece(Punctuation, ":"),
            piece(Quoted, "'c"),
            piece(Quoted, "  d'"),
            piece(Comment, "# e"),
        ]
    );
}

#[test]
fn every_character_is_kept() {
    for text in [
        "",
        "\n",
        "a: b\r\nc:\td\n",
        "\u{feff}a: é\n  ",
        "{]}:,\"",
        "a: 'x\n\n",
        "@ % ` : - ?",
        "x: |\n\n  y\nz",
    ] {
        let lines: Vec<String> = highlight(text)
            .iter()
            .map(|line| line.iter().map(|token| token.text.as_str()).collect())
            .collect();
        assert_eq!(lines.join("\n"), text);
    }
}
