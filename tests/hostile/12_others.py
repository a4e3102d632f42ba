# Other submissions: leave something for the next, read what others have.

# %% leaves-answers -> graded
import builtins, os, sys
builtins.hostile_answers = {"count_parameters": 49}
os.environ["HOSTILE_ANSWERS"] = "49"
for place in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        open(f"{place}/hostile-answers.py", "w").write("count_parameters = lambda net: 49")
    except OSError:
        continue

# %% takes-answers in count-parameters -> graded
import builtins, os
for place in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    if os.path.exists(f"{place}/hostile-answers.py"):
        print("OUT", place)
if hasattr(builtins, "hostile_answers") or "HOSTILE_ANSWERS" in os.environ:
    print("OUT")

# %% reads-peers in count-parameters -> graded
import os, pathlib
for root in ("/tmp", "/home", "/work", "/var/tmp", "."):
    for folder, inner, names in os.walk(root):
        if folder.endswith("site-packages"):
            inner.clear()
        elif any(name.endswith(".ipynb") for name in names):
            print("OUT", folder)
for path in pathlib.Path("/proc").glob("[0-9]*"):
    if int(path.name) > 4:
        print("OUT", path)

# %% gradebook -> graded
import os
for root in ("/tmp", "/home", "/work", "/root", "/var", "/srv", "/mnt"):
    for folder, inner, names in os.walk(root):
        if folder.endswith("site-packages"):
            inner.clear()
        elif {"gradebook.db", "scores.csv", "grades.csv", ".seed"} & {*names}:
            print("OUT", folder)

# %% spoils-the-framework -> graded
import sys
import numpy as np
torch.manual_seed = lambda seed: None
torch.set_default_dtype(torch.float16)
np.random.seed(1)
for name in list(sys.modules):
    if name.startswith("torch.nn"):
        vars(sys.modules[name]).clear()

# %% spoils-compiled-code -> graded
import glob, os, torch
for path in glob.glob(os.path.dirname(torch.__file__) + "/__pycache__/*.pyc")[:20]:
    try:
        open(path, "r+b").write(b"hostile")
        print("OUT", path)
    except OSError:
        continue
