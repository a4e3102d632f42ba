# Take more than there is.

# %% loop in parameter-shapes -> timeout
def parameter_shapes(net):
    while True:
        pass

# %% loop-in-a-cell -> timeout
while True:
    pass

# %% loop-that-ignores-signals in parameter-shapes -> timeout
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGXCPU, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
def parameter_shapes(net):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue

# %% loop-in-c in parameter-shapes -> timeout
import re
def parameter_shapes(net):
    return re.match("(a|aa)+$", "a" * 60 + "b")

# %% children-that-loop -> timeout
import os, time
for _ in range(4):
    if os.fork() == 0:
        while True:
            pass
time.sleep(997)

# %% sleep in parameter-shapes -> timeout
import time
def parameter_shapes(net):
    time.sleep(997)

# %% heap in parameter-shapes -> memory
def parameter_shapes(net):
    return len(bytearray(10**10))

# %% heap-in-steps in parameter-shapes -> memory
def parameter_shapes(net):
    kept = []
    while True:
        kept.append(bytearray(b"x") * 10**7)

# %% shared-mapping -> memory
import mmap, os, time
for _ in range(6):
    if os.fork() == 0:
        block = mmap.mmap(-1, 10**8)
        for i in range(0, 10**8, 4096):
            block[i] = 1
        time.sleep(997)
time.sleep(997)

# %% tensors in parameter-shapes -> memory
def parameter_shapes(net):
    return torch.zeros(10**6, 10**6).add_(1)

# %% memory-files -> graded
import os
for place in ("/dev/shm", "/tmp", "."):
    try:
        with open(f"{place}/hostile-big", "wb") as file:
            for _ in range(1000):
                file.write(bytes(10**6))
    except OSError:
        continue

# %% sparse-file -> graded
import os
handle = os.open("hostile-sparse", os.O_CREAT | os.O_WRONLY)
os.ftruncate(handle, 10**13)

# %% many-files -> graded
import os
for i in range(10**6):
    os.close(os.open(f"hostile-{i}", os.O_CREAT | os.O_WRONLY))

# %% fork-bomb -> graded
import os, time
for _ in range(500):
    if os.fork() == 0:
        time.sleep(997)
        os._exit(0)

# %% thread-bomb -> graded
import threading, time
for _ in range(500):
    threading.Thread(target=time.sleep, args=(997,), daemon=True).start()

# %% descriptors -> graded
import os
kept = []
while True:
    kept.append(os.dup(0))

# %% output-flood -> graded
for i in range(200_000):
    print("flood", i)

# %% one-long-line -> graded
print("x" * 80_000_000)

# %% long-error -> graded
raise ValueError("x" * 20_000_000)

# %% many-displays -> graded
from IPython.display import display
for i in range(20_000):
    display({"application/x-nothing": ""}, raw=True)

# %% recursion in parameter-shapes -> graded
def parameter_shapes(net):
    return parameter_shapes(net)

# %% recursion-in-c in parameter-shapes -> crashed
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __repr__(self): return repr([self])
def parameter_shapes(net):
    def deeper():
        return [*map(lambda _: deeper(), [1])]
    return deeper()

# %% nested-answer in parameter-shapes -> graded
def parameter_shapes(net):
    answer = []
    for _ in range(10**5):
        answer = [answer]
    return answer

# %% endless-compile -> graded
compile("(" * 10**4 + ")" * 10**4, "x", "eval")
