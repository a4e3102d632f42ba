# Data that runs code where somebody loads it. Nobody does.

# %% reduce in count-parameters -> graded
import os
class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/hostile-unpickled",))
def count_parameters(net):
    return Bomb()

# %% pickled-bytes in nested-bias -> graded
import os, pickle
class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/hostile-unpickled",))
def nested_bias(net, i):
    return pickle.dumps(Bomb())

# %% object-array in nested-bias -> graded
import io, os
import numpy as np
class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/hostile-unpickled",))
def nested_bias(net, i):
    array = np.array([Bomb()], dtype=object)
    np.save("bias.npy", array, allow_pickle=True)
    return array

# %% saved-tensor in nested-bias -> graded
import os
class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/hostile-unpickled",))
def nested_bias(net, i):
    for name in ("answer.pt", "/tmp/answer.pkl", "/dev/shm/answer"):
        torch.save(Bomb(), name)
    return "answer.pt"

# %% markers-of-our-own in parameter-shapes -> graded
def parameter_shapes(net):
    return {"array/": "object", "shape": [1], "data": "gASVKAAAAAAAAACMBXBvc2l4"}

# %% markers-of-others in parameter-shapes -> graded
def parameter_shapes(net):
    return {"py/object": "os.system", "__reduce__": ["os.system", ["true"]],
            "!!python/object/apply:os.system": ["touch /tmp/hostile-unpickled"]}
