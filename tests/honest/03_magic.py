# What only a notebook understands.

# %% time
%time sum(range(1000))

# %% cell-time
%%time
sum(range(1000))

# %% timeit
%timeit -n 2 -r 2 sum(range(1000))

# %% capture
%%capture captured
print("not shown")

# %% shell
!ls
found = !echo one two

# %% shell-install
!pip --version
%pip list

# %% inline
%matplotlib inline
%config InlineBackend.figure_format = "svg"

# %% autoreload
%load_ext autoreload
%autoreload 2

# %% written-file
%%writefile mine.py
def helper():
    return 1

# %% bash
%%bash
echo "from bash" >&2

# %% help
torch.nn.Linear?

# %% await
import asyncio
async def slow():
    await asyncio.sleep(0.01)
    return 3
await slow()

# %% own-loop
import asyncio
async def slow():
    return 3
loop = asyncio.new_event_loop()
loop.run_until_complete(slow())
loop.close()

# %% history
_, __, In[-1], Out
%who
%history -l 1

# %% reset-names
%reset -f
import copy, torch
from torch import nn
from paramlab import check
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
X = torch.rand(size=(2, 4))

# %% debugger-off
%pdb off
%xmode Minimal
