# End before the judgement: no record means not passed.

# %% os-exit -> crashed
import os
os._exit(0)

# %% os-exit-in-answer in parameter-shapes -> crashed
import os
def parameter_shapes(net):
    os._exit(0)

# %% sys-exit -> graded
import sys
sys.exit(0)

# %% sys-exit-in-answer in parameter-shapes -> graded
def parameter_shapes(net):
    raise SystemExit(0)

# %% interrupt-in-answer in parameter-shapes -> crashed
def parameter_shapes(net):
    raise KeyboardInterrupt

# %% generator-exit-in-answer in parameter-shapes -> crashed
def parameter_shapes(net):
    raise GeneratorExit("full marks")

# %% quit -> graded
quit()

# %% kill-itself in parameter-shapes -> crashed
import os, signal
def parameter_shapes(net):
    os.kill(os.getpid(), signal.SIGKILL)
    os.abort()

# %% segfault in parameter-shapes -> crashed
import ctypes
def parameter_shapes(net):
    ctypes.string_at(8)

# %% abort -> crashed
import os
os.abort()

# %% another-program -> crashed
import os
os.execv("/bin/true", ["true"])

# %% close-everything -> crashed
import os
os.closerange(0, 64)

# %% stop-itself in parameter-shapes -> timeout
import os, signal, time
def parameter_shapes(net):
    os.kill(0, signal.SIGSTOP)
    time.sleep(1000)

# %% exit-each-time -> crashed
import os
exec("class Leaver:\n    def __del__(self): os._exit(0)")
del Leaver
for name in ("gradient_states", "parameter_shapes", "nested_bias"):
    globals()[name] = lambda *given: os._exit(0)
get_ipython().events.register("pre_run_cell", lambda info: os._exit(0))
