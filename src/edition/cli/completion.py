"""Completion for bash, zsh and fish: plain scripts made of the verbs, so that a Tab starts nothing.

Verbs, their options, and the editions of the library are completed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition import atomic
from edition.cli.verb_table import MODULES, load
from edition.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")
_GLOBAL = ("--library", "--debug", "--version", "--help")
_EDITIONS = "slug"
"""The name that arguments have which take an edition."""


def tree() -> dict[tuple[str, ...], tuple[tuple[str, ...], bool]]:
    """Verbs, as they are typed → the words that may follow, and whether an edition may."""
    found: dict[tuple[str, ...], tuple[tuple[str, ...], bool]] = {(): ((*MODULES, *_GLOBAL), False)}
    for verb in MODULES:
        found.update(_below((verb,), load(verb)))
    return found


def _below(
    path: tuple[str, ...],
    command: Any,  # noqa: ANN401 - typer names the type nowhere in public
) -> Iterator[tuple[tuple[str, ...], tuple[tuple[str, ...], bool]]]:
    options = [o for p in command.params for o in p.opts if o.startswith("--")] + ["--help"]
    below = getattr(command, "commands", {})
    takes = any(p.name == _EDITIONS and not p.opts[0].startswith("-") for p in command.params)
    yield path, ((*below, *options), takes)
    for name, command_below in below.items():
        yield from _below((*path, name), command_below)


def bash() -> str:
    """For bash; zsh reads it through ``bashcompinit``."""
    cases = []
    for path, (words, takes) in tree().items():
        editions = " $(_edition_names)" if takes else ""
        cases.append(f'    "{" ".join(path)}") words="{" ".join(words)}{editions}" ;;')
    known = "|".join(f'"{" ".join(path)}"' for path in tree() if path)
    listed = "\n".join(cases)
    return f"""# completion of edition, made by: edition --show-completion bash
_edition_names() {{
  local file
  for file in "${{EDITION_LIBRARY:-editions}}"/*/edition.toml; do
    [ -f "$file" ] && basename "$(dirname "$file")"
  done
}}
_edition() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" word words="" i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$word" in
      --library|-l) i=$((i + 1)); continue ;;
      -*) continue ;;
    esac
    next="${{path:+$path }}$word"
    case "$next" in
      {known}) path="$next" ;;
    esac
  done
  case "$path" in
{listed}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _edition edition
"""


def zsh() -> str:
    """For zsh."""
    return f"autoload -Uz compinit bashcompinit && compinit && bashcompinit\n{bash()}"


def fish() -> str:
    """For fish."""
    lines = [
        "# completion of edition, made by: edition --show-completion fish",
        "function __edition_names",
        "    set -l library editions",
        "    set -q EDITION_LIBRARY; and set library $EDITION_LIBRARY",
        "    for file in $library/*/edition.toml",
        "        basename (dirname $file)",
        "    end",
        "end",
        "complete -c edition -f",
    ]
    for path, (words, takes) in tree().items():
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in path)
        when = f"-n '{seen}'" if path else "-n __fish_use_subcommand"
        plain = " ".join(word for word in words if not word.startswith("-"))
        if plain:
            lines.append(f"complete -c edition {when} -a '{plain}'")
        lines += [f"complete -c edition {when} -l {w[2:]}" for w in words if w.startswith("--")]
        if takes:
            lines.append(f"complete -c edition {when} -a '(__edition_names)'")
    return "\n".join(lines) + "\n"


def script(shell: str) -> str:
    """The script for a shell.

    Raises:
        EditionError: it is none of SHELLS.
    """
    makers = {"bash": bash, "zsh": zsh, "fish": fish}
    if shell not in makers:
        raise EditionError(
            f"There is no completion for {shell or 'this shell'}.",
            hint=f"For: {', '.join(SHELLS)}.",
        )
    return makers[shell]()


def install(shell: str) -> tuple[Path, str]:
    """Writes the script where the shell finds it.

    Args:
        shell: one of SHELLS; empty for the one in use (the variable SHELL).

    Returns:
        The file, and what is still to be done by hand; empty when nothing is.

    Raises:
        EditionError: it is none of SHELLS.
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    text = script(shell)
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    file = {
        "bash": data / "bash-completion/completions/edition",
        "zsh": data / "edition/completion.zsh",
        "fish": config / "fish/completions/edition.fish",
    }[shell]
    atomic.write(file, text.encode())
    left = {
        "bash": f"Without the package bash-completion add to ~/.bashrc: source {file}",
        "zsh": f"Add to ~/.zshrc: source {file}",
        "fish": "",
    }[shell]
    return file, left
