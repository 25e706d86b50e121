"""What a program is written in: the operations, the columns of their rows, and how amplitudes are made at the end."""

import math

# What a row does: sums over windows, a convolution in frequencies, a sum, a copy, or an activation.
WINDOWS, FOURIER, ADD, COPY = range(4)
RELU, GELU, TANH, SIGMOID, SILU, LOG_COSH, COMPLEX_RELU, COMPLEX_LOG_COSH = range(4, 12)

# Its columns: those of all; those of convolutions; those of frequencies: the lattice, room to work in, an activation of
# the inputs (0: none), and whether the outputs are added to what lies there.
KIND, SOURCE, END, LENGTH = range(4)
CHANNELS, PLANE, CELLS, TAPS, WEIGHTS, BIAS, OUTPUTS, SUMS = range(4, 12)
DOWN, ACROSS, ROOM, ACTIVATION, ADDED = range(12, 17)
COLUMNS = 17
# Those that a tape adds to sums over windows: how many output channels are more than filling, where their derivatives
# go and whether those of a bias are among them, where the table and the weights of the way back begin (-1: nothing lies
# before), and how many channels it writes.
TRUE, PLACE, BIASED, BACK_CELLS, BACK_WEIGHTS, BACK_SUMS = range(COLUMNS, COLUMNS + 6)
TAPE_COLUMNS = COLUMNS + 6

# Numbers in the precision of the workspace, where one in the code would bring float64 with it.
NUMBERS = (0, 0.5, 1, 1e-30, math.sqrt(2), 1 / math.sqrt(2 * math.pi))

# How amplitudes are made of the last node's values, and how those of the places become one.
REAL, MODULUS_AND_PHASE, HOLOMORPHIC = range(3)
PRODUCT, SUM = range(2)
