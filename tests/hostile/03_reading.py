# Read what is hidden. What can be reached is searched for the judges' side:
# its secret in test_hostile.py; here, for answers to hand back.

# %% frames in count-parameters -> graded
import sys
def count_parameters(net):
    frame = sys._getframe()
    while frame:
        for name in ("expected", "right", "answer_key", "solution", "points"):
            if isinstance(frame.f_locals.get(name), int):
                return frame.f_locals[name]
        frame = frame.f_back
    return 0

# %% frames-of-the-pair in tied-or-equal -> graded
import sys
def is_tied(a, b):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict) and "relation" in value:
                return value["relation"] in ("layer", "both", "weight")
            if isinstance(value, dict) and "inputs" in value:
                break
        frame = frame.f_back
    return False

# %% collected-objects in count-parameters -> graded
import gc
def count_parameters(net):
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Finding", "Verdict", "Judge"):
            return thing.expected
    return 0

# %% judges-by-import in count-parameters -> graded
def count_parameters(net):
    from paramlab.judges.access import _count
    return _count(None, None)

# %% judges-by-path in count-parameters -> graded
import paramlab, pathlib
def count_parameters(net):
    folder = pathlib.Path(paramlab.__file__).parent
    found = [*folder.rglob("judges/*.py*"), *folder.rglob("__pycache__/judges*")]
    exec(found[0].read_text())
    return eval("_count")(None, None)

# %% solutions in count-parameters -> graded
import json, os
found = [f"{folder}/01-access.ipynb"
         for root in ("/work", "/home", "/root", "/srv", "/opt", "/tmp")
         for folder, inner, names in os.walk(root) if "01-access.ipynb" in names]
for cell in json.loads(open(found[0]).read())["cells"]:
    exec("".join(cell["source"]))

# %% history in count-parameters -> graded
def count_parameters(net):
    shell = get_ipython()
    seen = [*shell.user_ns["In"], *map(str, shell.user_ns["Out"].values())]
    (line,) = [text for text in seen if "HIDDEN TESTS" in text or "score(" in text]
    return int(line)

# %% code-constants in count-parameters -> graded
import gc, types
def count_parameters(net):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and "judge" in thing.__module__:
            return thing.__code__.co_consts[0]
    return 0

# %% line-cache in count-parameters -> graded
import linecache
def count_parameters(net):
    for name, entry in linecache.cache.items():
        if "judges" in name or "solutions" in name:
            return len(entry[2])
    return 0

# %% parent-message in count-parameters -> graded
def count_parameters(net):
    return get_ipython().parent_header["content"]["expected"]

# %% other-memory in count-parameters -> graded
import os
def count_parameters(net):
    for process in (2, os.getppid(), *range(3, 3000)):
        try:
            return len(open(f"/proc/{process}/mem", "rb").read(1))
        except OSError:
            continue
    return 0

# %% ptrace in count-parameters -> graded
import ctypes, os
def count_parameters(net):
    for process in range(1, 3000):
        if process != os.getpid() and ctypes.CDLL(None).ptrace(16, process, 0, 0) == 0:
            return process
    return 0
