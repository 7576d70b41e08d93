"""Rules for extensions that several languages share."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.language import facts, identify
from curation.language.facts import data
from curation.language.rules import HEAD, chooser

ROWS: list[tuple[str, str, dict[str, Any]]] = [
    (section, name, row)
    for section in ("extension", "filename")
    for row in data("language_rules.toml")[section]
    for name in row["names"]
]
AMBIGUOUS = sorted(key for key, names in facts().by_extension.items() if len(names) > 1)


def test_every_ambiguous_extension_and_file_name_has_a_default() -> None:
    """Nothing that linguist leaves open is left open here: 173 extensions of its list, and ours."""
    assert len(AMBIGUOUS) >= 173
    shared = [key for key, names in facts().by_filename.items() if len(names) > 1]
    assert [key for key in AMBIGUOUS if chooser(key) is None] == []
    assert [key for key in shared if chooser(key, "filename") is None] == []


def test_no_name_has_two_entries() -> None:
    """Each extension and file name stands once in the table."""
    names = [(section, name) for section, name, _ in ROWS]
    assert len(names) == len(set(names))


def test_rules_name_only_languages_of_their_extension() -> None:
    """A rule or default decides between the candidates; "" stands for none of them."""
    known = facts()
    for section, name, row in ROWS:
        table = known.by_extension if section == "extension" else known.by_filename
        named = {row["default"], *(rule["is"] for rule in row["rules"])} - {""}
        assert named <= set(table[name]), name


def test_every_entry_has_a_source_and_every_rule_a_reason() -> None:
    """The table says where a default is from and why a rule holds."""
    for _, name, row in ROWS:
        assert row["from"] in {"v1", "main", "judged"}, name
        assert all(
            rule["why"] and ("any" in rule or "all" in rule or "none" in rule) for rule in row["rules"]
        )


# The collisions that The Stack v1's extension map decides (for names that linguist still has).
V1_WINNERS = {
    ".bb": "BitBake", ".brd": "Eagle", ".sch": "Eagle", ".cake": "C#", ".cs": "C#", ".cl": "OpenCL",
    ".cp": "C++", ".hh": "C++", ".ecl": "ECL", ".f": "Fortran", ".for": "Fortran", ".frag": "GLSL",
    ".fs": "F#", ".gd": "GDScript", ".h": "C", ".j": "Jasmin", ".lisp": "Common Lisp",
    ".lsp": "Common Lisp", ".ls": "LiveScript", ".mm": "Objective-C++", ".nb": "Wolfram Language",
    ".php": "PHP", ".pl": "Perl", ".pm": "Perl", ".t": "Perl", ".pod": "Pod", ".r": "R",
    ".rpy": "Ren'Py", ".rs": "Rust", ".sls": "Salt", ".sql": "SQL", ".st": "Smalltalk",
    ".ts": "TypeScript", ".tsx": "TSX", ".vhost": "ApacheConf",
}  # fmt: skip


def test_defaults_follow_the_stack_v1_where_it_decides() -> None:
    """The winners of The Stack v1 are the defaults and are marked so."""
    by_name = {name: row for section, name, row in ROWS if section == "extension"}
    assert {name: by_name[name]["default"] for name in V1_WINNERS} == V1_WINNERS
    assert {by_name[name]["from"] for name in V1_WINNERS} == {"v1"}


CASES = [
    ("a.h", b"#include <stdio.h>\nint f(void);\n", "C", "default"),
    ("a.h", b"#pragma once\nnamespace a {\nclass B;\n}\n", "C++", "rules"),
    ("a.h", b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(int);\n', "C", "default"),
    ("a.h", b"#import <Foundation/Foundation.h>\n@interface A : NSObject\n@end\n", "Objective-C", "rules"),
    ("a.C", b"#include <iostream>\nint main() {}\n", "C++", "default"),
    ("A.C", b"#include <stdio.h>\nmain() {}\n", "C", "rules"),
    ("a.m", b"function y = f(x)\n% square\ny = x^2;\nend\n", "MATLAB", "default"),
    ("a.m", b'#import "A.h"\n@implementation A\n@end\n', "Objective-C", "rules"),
    ("main.m", b"int main(void)\n{\n  return 0;\n}\n", "Objective-C", "rules"),
    ("a.m", b":- module a.\n:- interface.\n", "Mercury", "rules"),
    ("a.m", b"(* a *)\nf[x_] := x^2\n", "Wolfram Language", "rules"),
    ("a.pl", b"use strict;\nmy $x = 1;\n", "Perl", "default"),
    ("a.pl", b":- use_module(library(lists)).\nf(X) :- g(X).\n", "Prolog", "rules"),
    ("a.pl", b"use v6;\nsay 1;\n", "Raku", "rules"),
    ("a.pm", b"/* XPM */\nstatic char *x[] = {", "X PixMap", "rules"),
    ("a.t", b"use Test::More;\nok(1);\n", "Perl", "rules"),
    ("a.r", b"x <- c(1, 2)\n", "R", "default"),
    ("a.r", b"REBOL [title: 1]\n", "Rebol", "rules"),
    ("a.v", b"module a(input b);\nendmodule\n", "Verilog", "rules"),
    ("a.v", b"Require Import List.\nTheorem a : True.\nProof. exact I. Qed.\n", "Rocq Prover", "rules"),
    ("a.v", b"module main\nfn main() {\n  mut x := 1\n}\n", "V", "rules"),
    ("a.ts", b"export const a = <T,>(x: T) => x;\n", "TypeScript", "default"),
    ("a.ts", b'<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS></TS>\n', "XML", "rules"),
    ("a.tsx", b"export const A = () => <p/>;\n", "TSX", "default"),
    ("a.sql", b"SELECT 1;\n", "SQL", "default"),
    ("a.sql", b"create function f() returns trigger as $$ $$ language plpgsql;\n", "PLpgSQL", "rules"),
    ("a.sql", b"CREATE TABLE [dbo].[a] (b int)\r\nGO\r\n", "TSQL", "rules"),
    ("a.sql", b"CREATE OR REPLACE PACKAGE BODY a AS b varchar2(3);\n", "PLSQL", "rules"),
    ("a.sql", b"CREATE TABLE a (b int) ENGINE=InnoDB;\n", "SQL", "default"),
    ("a.cls", b"\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{a}\n", "TeX", "rules"),
    ("a.cls", b"public with sharing class A {\n}\n", "Apex", "rules"),
    ("a.cls", b'VERSION 1.0 CLASS\nAttribute VB_Name = "A"\n', "Visual Basic 6.0", "rules"),
    ("a.md", b"# title\n", "Markdown", "default"),
    ("a.md", b'(define_insn "a"\n  [])\n', "GCC Machine Description", "rules"),
    ("a.mod", b"MODULE A;\nIMPORT B;\nEND A.\n", "Modula-2", "rules"),
    ("a.inc", b"<?php\necho 1;\n", "PHP", "rules"),
    ("a.inc", b"{ a comment }\n{$ifdef FPC}\nprocedure a;\n", "Pascal", "rules"),
    ("a.inc", b'SUMMARY = "a"\ninherit cmake\n', "BitBake", "rules"),
    ("a.pro", b"QT += core\nSOURCES += main.cpp\n", "QMake", "rules"),
    ("a.pro", b"pro a, b\n  compile_opt idl2\nend\n", "IDL", "rules"),
    ("a.l", b"%option noyywrap\n%%\n[a-z]+ { }\n%%\n", "Lex", "rules"),
    ("a.f", b"      program a\n      integer b\n      end\n", "Fortran", "default"),
    ("a.f", b": square dup * ;\n", "Forth", "rules"),
    ("a.fs", b"module A\nlet x = 1\n", "F#", "default"),
    ("a.fs", b"#version 330\nvoid main() { }\n", "GLSL", "rules"),
    ("a.fs", b"\\ a comment\n: square dup * ;\n", "Forth", "rules"),
    ("a.d", b"module a;\nimport std.stdio;\n", "D", "rules"),
    ("a.d", b"a.o: a.c \\\n  a.h\n", "Makefile", "rules"),
    ("a.d", b"syscall:::entry\n{ @[probefunc] = count(); }\n", "DTrace", "rules"),
    ("a.as", b"package a {\n  public class B {}\n}\n", "ActionScript", "rules"),
    ("a.asc", b"= Title\n:toc:\n", "AsciiDoc", "rules"),
    ("a.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "Public Key", "rules"),
    ("a.txt", b"hello\n", "Text", "default"),
    ("a.txt", b"*a.txt*  For Vim version 9\n", "Vim Help File", "rules"),
    ("a.1", b".TH A 1\n.SH NAME\n", "Roff Manpage", "rules"),
    ("a.log.1", b"2024-01-01 started\n", "", "none"),
    ("a.yml", b"a: 1\n", "YAML", "default"),
    ("a.yaml", b"openapi: 3.0.0\ninfo:\n  title: a\n", "OASv3-yaml", "rules"),
    ("a.json", b'{"swagger": "2.0", "paths": {}}', "JSON", "default"),
    ("a.json", b'{\n  "swagger": "2.0",\n  "paths": {}\n}', "OASv2-json", "rules"),
    ("a.s", b"\t.globl main\nmain:\n", "Unix Assembly", "rules"),
    ("a.s", b"; x\n  org $100\n  move.l d0,(a0)\n", "Motorola 68K Assembly", "rules"),
    ("a.pp", b"class a {\n  package { 'b': ensure => present }\n}\n", "Puppet", "default"),
    ("a.pp", b"unit a;\ninterface\nimplementation\nend.\n", "Pascal", "rules"),
    ("a.mpl", b"f := proc(x) x^2 end proc:\n", "Maple", "default"),
    ("a.tst", b"gap> 1+1;\n2\n", "GAP", "rules"),
    ("a.plist", b"bplist00\xd1\x01", "", "none"),
    (".eslintrc", b'{"a": 1}', "JSON with Comments", "rules"),
    (".eslintrc", b"a: 1\n", "YAML", "default"),
    ("hosts", b"[web]\na.example\n", "INI", "rules"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "content", "language", "method"), CASES)
def test_content_decides_between_the_languages(path: str, content: bytes, language: str, method: str) -> None:
    """A typical file of each language is taken for it, and a plain one for the default."""
    found = identify(path, content, use_magika=False)
    assert (found.language, found.method) == (language, method)


def test_only_the_head_is_looked_at() -> None:
    """What stands behind the first 32 KiB decides nothing."""
    padding = b"/* x */\n" * (HEAD // 8)
    assert identify("a.h", padding + b"namespace a {\n").language == "C"
    assert identify("a.h", padding[: HEAD // 2] + b"namespace a {\n").language == "C++"


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_line_endings_do_not_matter(ending: bytes) -> None:
    """Rules that look at line ends see DOS and old Mac files as any other."""
    content = b"create table a (b int)\nGO\nselect 1\nGO\n"
    assert identify("a.sql", content.replace(b"\n", ending)).language == "TSQL"


@given(st.sampled_from(AMBIGUOUS), st.binary(max_size=300))
def test_any_content_gets_a_candidate_or_none(extension: str, content: bytes) -> None:
    """Whatever the bytes are, the answer is one of the extension's languages or "", twice the same."""
    found = chooser(extension)
    assert found is not None
    answer = found.choose(content)
    assert answer[0] in {*facts().by_extension[extension], ""}
    assert answer == found.choose(content)


def test_hostile_content_takes_linear_time() -> None:
    """Repeated beginnings take no time that grows with their square, for every rule set of the table."""
    contents = [repeated(unit) for unit in (b" ", b"(", b"a b ", b"\n", b"<!--", b"#include ", b"a.b(")]
    for extension in AMBIGUOUS:
        rules = chooser(extension)
        assert rules is not None
        for content in contents:
            with ends_soon(f"choosing a language for {extension}"):
                rules.choose(content)
