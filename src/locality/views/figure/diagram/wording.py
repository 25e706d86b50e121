"""What stands beside a stage in a diagram: its size, and in a few words what is done there."""

from collections import Counter

from locality.geometry.arguments import shape_text
from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Distance, Dropout, Flatten, Norm
from locality.network.network import Network, Node
from locality.network.notation import layer_text
from locality.views.figure.diagram.stages import Stage

_LONGEST = 28  # letters that a label of several layers has room for
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
    loud = [node for node in nodes if not isinstance(node.layer, _QUIET)]
    spelled = _counted([_words(net, node) for node in loud])
    return spelled if len(nodes) < 4 and len(spelled) <= _LONGEST else _counted([node.layer.word for node in loud])


def _counted(words: list[str]) -> str:
    """Each word once, with its number: 2 conv, max."""
    return ", ".join(f"{count} {word}" if count > 1 else word for word, count in Counter(words).items())


def _words(net: Network, node: Node) -> str:
    axes, layer = len(net.inputs(node)[0]) - 1, node.layer
    if isinstance(layer, Distance | Norm):
        return layer.word
    words = layer_text(layer, axes).split()
    if isinstance(layer, Conv | ConvTranspose | Dense):
        del words[1]
    if isinstance(layer, Conv) and layer.connections is not None:
        del words[words.index("connections") + 1]  # a table is too long for a label
    return " ".join(word for word in words if word not in ("floor", "ceil", "exact", "no-bias"))
