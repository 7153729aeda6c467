"""How the guide is checked: each code block of it is run, compared, or has a reason why not.

What a block is, and what becomes of it:

- ``python``: run, with ``await`` where one likes; the blocks of a page share their names. With
  ``<!-- check: file=NAME -->`` before it, written to a file of that name instead, for later
  blocks. With ``<!-- check: raises=NAME -->`` it has to fail with an exception of that class.
- ``text``: what the block before it printed, or how it failed.
- ``console``: commands, each after ``$``, and what they print. With ``<!-- check: exit=1 -->`` the
  last of them ends with that code.
- ``toml``, ``json``, ``ini``, ``dockerfile``, ...: files; with ``file=NAME`` written, else parsed.
- any block between cog's markers is an excerpt of a file, or a table, made by
  `tests.guide.checking.excerpts`; ``cog -r`` makes them anew, a test finds those that are stale.

In what is compared, a line ``[...]`` stands for any lines, and ``...`` for anything within one.
With ``<!-- check: figures-vary -->`` numbers are compared as such, whatever they are.
``<!-- check: tested=tests/... -->`` names a test that takes the block from the page and tries it;
``<!-- check: skip="REASON" -->`` leaves a block alone.
"""
