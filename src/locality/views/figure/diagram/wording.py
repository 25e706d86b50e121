"""What stands beside a stage in a diagram: its size, and in a few words what is done there."""

from locality.geometry.arguments import shape_text
from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Dropout, Flatten, Norm
from locality.network.network import Network, Node
from locality.network.notation import layer_text
from locality.views.figure.diagram.stages import Stage

_QUIET = (Activation, Norm, Dropout, Flatten)  # named only where they stand alone


def size_text(stage: Stage) -> str:
    """The output's shape as the lecture writes it: channels, then space.

    >>> size_text(Stage("conv1", "conv1", "conv", (6, 28, 28), ("input",), ("conv1",)))
    '6 × 28 × 28'
    """
    return shape_text(stage.shape).replace("x", " × ")


def operation(net: Network, stage: Stage) -> str:
    """What a stage does, in the words of the notation, without the number of channels, which its size says.

    >>> net = Network.from_text("1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2")
    >>> from locality.views.figure.diagram.stages import stages
    >>> [operation(net, stage) for stage in stages(net, chain=True)]
    ['', 'conv 5x5 pad 2, tanh', 'average 2x2']
    """
    nodes = [net.node(name) for name in stage.nodes]
    if stage.kind != "block":
        main = [node for node in nodes if not isinstance(node.layer, _QUIET)] or nodes[:1]
        curves = [node for node in nodes if isinstance(node.layer, Activation) and node not in main]
        return ", ".join(_words(net, node) for node in [*main, *curves])
    if stage.count > 1:
        return f"{stage.count} blocks"
    tally: dict[str, int] = {}
    for node in nodes:
        if not isinstance(node.layer, _QUIET):
            word = _words(net, node) if len(stage.nodes) < 4 else node.layer.word
            tally[word] = tally.get(word, 0) + 1
    return ", ".join(f"{count} {word}" if count > 1 else word for word, count in tally.items())


def _words(net: Network, node: Node) -> str:
    axes = len(net.inputs(node)[0]) - 1
    words = layer_text(node.layer, axes).split()
    if isinstance(node.layer, Conv | ConvTranspose | Dense):
        del words[1]
    return " ".join(word for word in words if word not in ("floor", "ceil", "exact", "no-bias"))
