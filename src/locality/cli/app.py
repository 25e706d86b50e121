"""The program `locality`, its help, and the arguments that several commands take."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

import locality as loc


class Command(TyperCommand):
    """A command whose help names its arguments as a person would: NET, not {NET} or NET <str>."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments, options = [], []
        for parameter in self.get_params(ctx):
            name, said = parameter.get_help_record(ctx) or ("", "")
            if parameter.param_type_name == "argument":
                arguments.append((name.split(" <")[0], said.removesuffix("[required]").rstrip()))
            elif name:
                options.append((name, said))
        for title, records in (("Arguments", arguments), ("Options", options)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


app = typer.Typer(
    name="locality",
    help="""Convolutional neural networks for pixels and spins.

    \b
    Examples:
      locality trace lenet5
      locality train lenet5 --data mnist --epochs 3
      locality predict runs/lenet5-mnist photo-of-a-digit.jpg
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NetArgument = Annotated[
    str, typer.Argument(metavar="NET", help="A name from `locality zoo`, a line of notation, or a file or run folder.")
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, as train named it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out pictures of a folder that cannot be read.")]


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"locality {loc.__version__}")
        raise typer.Exit
