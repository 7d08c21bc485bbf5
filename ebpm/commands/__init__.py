"""The commands, one file each: `name`, `arguments(parser)` and `run(options) -> int`. Adding one means a file and a line here.

Modules are imported when the command line starts, so they import what they need inside `run`.
"""

from ebpm.commands import (
    audit,
    bundle,
    compare,
    disclose,
    draw,
    evidence,
    explain,
    export,
    import_,
    inventory,
    lint,
    moments,
    new,
    plan,
    power,
    progress,
    report,
    run,
    site,
    verify,
)
from ebpm.commands.command import Command

MODULES = (
    new,
    plan,
    power,
    run,
    verify,
    bundle,
    lint,
    draw,
    compare,
    progress,
    inventory,
    audit,
    evidence,
    report,
    disclose,
    site,
    moments,
    export,
    import_,
    explain,
)
COMMANDS: tuple[Command, ...] = tuple(
    Command(module.__name__.rpartition(".")[2].rstrip("_"), module.arguments, module.run) for module in MODULES
)
