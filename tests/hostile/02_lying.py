# Objects that agree with everything, or say that they are something else.

# %% equal-to-all in count-parameters -> graded
class Agrees:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __int__(self): return 1
    __index__ = __float__ = __int__
    def __sub__(self, other): return 0
    __rsub__ = __lt__ = __gt__ = __sub__
def count_parameters(net):
    return Agrees()

# %% int-subclass in count-parameters -> graded
class Any(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def count_parameters(net):
    return Any(7)

# %% float-subclass in count-parameters -> graded
class Any(float):
    def __eq__(self, other): return True
    def __repr__(self): return "4.0"
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
def count_parameters(net):
    return Any("nan")

# %% array-protocol in count-parameters -> graded
import numpy as np
class Array:
    shape, dtype, ndim, size = (), np.dtype("int64"), 0, 1
    def __array__(self, *given, **named): return np.array(10**6)
    def __array_ufunc__(self, *given, **named): return True
    def __array_function__(self, *given, **named): return True
def count_parameters(net):
    return Array()

# %% ndarray-subclass in nested-bias -> graded
import numpy as np
class Array(np.ndarray):
    def __array_ufunc__(self, *given, **named): return np.True_
    def __array_function__(self, *given, **named): return True
    def astype(self, *given, **named): return self
    def tobytes(self, *given): return b""
    def __eq__(self, other): return True
def nested_bias(net, i):
    return np.zeros(3).view(Array)

# %% tensor-subclass in nested-bias -> graded
class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, given=(), named=None):
        return True
    def detach(self): return self
    def cpu(self): return self
    def numpy(self): return __import__("numpy").full(3, float("nan"))
def nested_bias(net, i):
    return torch.zeros(3).as_subclass(Tensor)

# %% false-class in nested-bias -> graded
class Pretends:
    __class__ = torch.Tensor
    def __getattr__(self, name): return self
    def __call__(self, *given, **named): return self
def nested_bias(net, i):
    return Pretends()

# %% dict-with-every-key in parameter-shapes -> graded
class Every(dict):
    def __contains__(self, key): return True
    def __getitem__(self, key): return (1, 1)
    def get(self, key, default=None): return (1, 1)
    def keys(self): return [f"{i}.weight" for i in range(9)]
    def items(self): return [(key, (1, 1)) for key in self.keys()]
    def __len__(self): return 4
def parameter_shapes(net):
    return Every()

# %% endless-mapping in parameter-shapes -> memory
from collections.abc import Mapping
class Endless(Mapping):
    def __getitem__(self, key): return (1,)
    def __iter__(self): return iter(range(10**12))
    def __len__(self): return 10**12
    def items(self): return ((i, bytes(9)) for i in range(10**12))
def parameter_shapes(net):
    return Endless()

# %% text-that-is-a-shape in parameter-shapes -> graded
class Text(str):
    def __eq__(self, other): return True
    def __hash__(self): return hash("0.weight")
class Shape(tuple):
    def __eq__(self, other): return True
    def __iter__(self): return iter((4, 4))
def parameter_shapes(net):
    return {Text(i): Shape() for i in range(4)}

# %% net-that-lies in nested-network -> graded
class Lies(nn.Module):
    def named_parameters(self, *given, **named):
        return iter([("0.0.0.weight", nn.Parameter(torch.zeros(4, 4)))])
    def parameters(self, *given, **named):
        return (p for _, p in self.named_parameters())
    def forward(self, X): return X
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Lies()

# %% truth-that-is-both in tied-or-equal -> graded
class Both(int):
    def __eq__(self, other): return True
    def __bool__(self): return self
    def __hash__(self): return 1
def is_tied(a, b):
    return Both(1)

# %% nan-for-everything in use-gradients -> graded
def use_gradients(layer, X):
    return [torch.full_like(layer.weight, float("nan"))] * 3

# %% infinite-representation in count-parameters -> graded
class Long:
    def __repr__(self): return "x" * 10**7
    __str__ = __repr__
Long.__qualname__ = "L" * 10**6
def count_parameters(net):
    return Long()

# %% class-that-raises in count-parameters -> graded
class Loud(type):
    def __getattribute__(cls, name): raise SystemExit(0)
    def __instancecheck__(cls, other): raise KeyboardInterrupt
class Answer(metaclass=Loud):
    pass
def count_parameters(net):
    return Answer()
