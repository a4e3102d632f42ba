# What cells say on their way.

# %% warnings
import warnings
warnings.warn("a warning")
warnings.warn("old", DeprecationWarning)

# %% warnings-in-answer in count-parameters
import warnings
kept_count = count_parameters
def count_parameters(net):
    warnings.warn("counting", UserWarning)
    return kept_count(net)

# %% logging
import logging
logging.basicConfig(level=logging.DEBUG)
logging.getLogger("mine").error("an error that is none")

# %% stderr
import os, sys
print("progress", file=sys.stderr)
os.write(2, b"from C++\n")
os.system("echo from a shell >&2")

# %% stderr-in-answer in nested-bias
import ctypes, os, sys
kept_bias = nested_bias
def nested_bias(net, i):
    sys.stderr.write("reading\n")
    os.write(2, b"from C++\n")
    ctypes.CDLL(None).perror(b"C")
    return kept_bias(net, i)

# %% stdout
import os
os.write(1, b"straight to the descriptor\n")
os.system("echo hello")
print("text", flush=True)

# %% prints-in-answer in parameter-shapes
kept_shapes = parameter_shapes
def parameter_shapes(net):
    print(net, flush=True)
    return kept_shapes(net)

# %% big-print
for i in range(30_000):
    print("step", i, "loss", 1 / (i + 1))

# %% progress-bar
from tqdm import tqdm, trange
for _ in tqdm(range(100), desc="training"):
    pass
for _ in trange(3):
    tqdm.write("between")

# %% notebook-progress-bar
from tqdm.auto import tqdm
for _ in tqdm(range(10)):
    pass

# %% progress-bar-in-answer in count-parameters
from tqdm.auto import tqdm
def count_parameters(net):
    return sum(p.numel() for p in tqdm(list(net.parameters())) if p.requires_grad)

# %% plots
import matplotlib.pyplot as plt
import numpy as np
plt.plot(np.arange(9))
plt.show()
figure, axes = plt.subplots()
axes.hist(np.random.randn(1000))
figure

# %% unclosed-plots in count-parameters
import matplotlib.pyplot as plt
kept_count = count_parameters
def count_parameters(net):
    for _ in range(5):
        plt.figure()
        plt.plot([1, 2])
    return kept_count(net)

# %% rich-output
from IPython.display import HTML, Image, Latex, Markdown, clear_output, display
display(HTML("<b>bold</b>"), Markdown("**bold**"), Latex("$x^2$"))
clear_output(wait=True)
handle = display("first", display_id=True)
handle.update("second")

# %% last-value-of-its-own-kind
class Shown:
    def _repr_html_(self): return "<i>shown</i>"
    def _repr_png_(self): return b"not a picture"
Shown()

# %% representation-that-raises
class Silent:
    def __repr__(self): raise ValueError("not shown")
Silent()

# %% error-in-own-cell
1 / 0

# %% syntax-error-in-own-cell
this is not Python

# %% widgets
import ipywidgets
ipywidgets.IntSlider(3)
ipywidgets.Output()
