"""A CUDA card without one: tensors that claim to be on it, and no memory behind them.

Every operation is checked as a card would check it (devices that mix, precisions that mix), and
what lives on the card is counted in bytes.
"""

import gc
import weakref
from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")
_COPIES = ("_to_copy", "copy_", "empty_like", "zeros_like", "full_like", "rand_like", "ones_like")
"""Operations that may read one device and write another."""
_SAME_KIND = (
    "mm", "addmm", "bmm", "baddbmm", "convolution", "native_layer_norm", "native_group_norm",
    "_fused_rms_norm",
)  # fmt: skip
"""Operations whose inputs must have one precision on a card."""


class Mixed(AssertionError):
    """Devices or precisions that a card would refuse together."""


def _check_kinds(name, given):
    kinds = {t.dtype for t in given if t.is_floating_point()}
    if len(kinds) > 1:
        raise Mixed(f"{name} of {' and '.join(sorted(map(str, kinds)))}")


class _Watch(TorchDispatchMode):
    """Checks operations and counts bytes on the card."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self.sizes = {}
        self.operations = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name.partition("::")[2].partition(".")[0]
        given = [t for t in pytree.tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        self._check(name, given)
        out = func(*args, **(kwargs or {}))
        for tensor in pytree.tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and tensor.device.type == "cuda":
                self._count(tensor.untyped_storage())
                self.operations[name] += 1
        return out

    def _check(self, name, given):
        if name in _COPIES:
            return
        if name == "index":
            given = given[:1]  # a card takes indices from the host too
        places = {t.device.type for t in given if t.dim()}
        if len(places) > 1:
            raise Mixed(f"{name} of tensors on {' and '.join(sorted(places))}")
        if name.startswith(_SAME_KIND):
            _check_kinds(name, [t for t in given if t.device.type == "cuda"])

    def _count(self, storage):
        key = storage._cdata
        if key not in self.sizes:
            self.sizes[key] = storage.nbytes()
            self.live += storage.nbytes()
            self.peak = max(self.peak, self.live)
            weakref.finalize(storage, self._gone, key)

    def _gone(self, key):
        self.live -= self.sizes.pop(key)


def _to(tensor, *given, **named):
    """``tensor.to(...)`` by the operation behind it."""
    kind, device = named.get("dtype"), named.get("device")
    for one in given:
        if isinstance(one, torch.dtype):
            kind = one
        elif isinstance(one, torch.Tensor):
            kind, device = one.dtype, one.device
        elif isinstance(one, str | torch.device):
            device = one
    kind = kind or tensor.dtype
    device = torch.device(device) if device is not None else tensor.device
    same = kind == tensor.dtype and device.type == tensor.device.type
    if same and isinstance(tensor, FakeTensor) and not named.get("copy"):
        return tensor
    return torch.ops.aten._to_copy(tensor, dtype=kind, device=device)


def _contiguous(tensor, memory_format=torch.contiguous_format):
    if tensor.is_contiguous(memory_format=memory_format):
        return tensor
    return torch.clone(tensor, memory_format=memory_format)


def _set_item(tensor, index, value):
    torch.ops.aten.copy_.default(_item(tensor, index), value)


def _checked(function):
    """A layer's function that looks at precisions before its C++ part does."""

    def call(*given, **named):
        _check_kinds(function.__name__, [t for t in given if isinstance(t, torch.Tensor)])
        return function(*given, **named)

    return call


def _item(tensor, index):
    """``tensor[index]`` by operations of its parts."""
    index = index if isinstance(index, tuple) else (index,)
    dim, indices = 0, {}
    for one in index:
        if one is Ellipsis:
            after = sum(1 for i in index[index.index(one) + 1 :] if i is not None)
            dim = tensor.dim() - after
        elif one is None:
            tensor, dim = torch.unsqueeze(tensor, dim), dim + 1
        elif isinstance(one, slice):
            start, stop, step = one.start, one.stop, one.step
            tensor = torch.ops.aten.slice.Tensor(tensor, dim, start, stop, step or 1)
            dim += 1
        elif isinstance(one, torch.Tensor | list):
            indices[dim] = torch.as_tensor(one)
            dim += 1
        else:
            tensor = torch.select(tensor, dim, int(one))
    if indices:
        rows = [indices.get(n) for n in range(max(indices) + 1)]
        tensor = torch.ops.aten.index.Tensor(tensor, rows)
    return tensor


def _no_grad(mode=True):
    del mode
    return torch.no_grad()


def _attention(query, key, value, attn_mask=None, *_, **__):
    """Attention as a card's fused kernels do it: nothing of the size of tokens squared is kept."""
    kinds = {t.dtype for t in (query, key, value)}
    places = {t.device.type for t in (query, key, value, attn_mask) if t is not None}
    if len(kinds) > 1 or len(places) > 1:
        raise Mixed(f"attention of {kinds} on {places}")
    return torch.empty(*query.shape[:-1], value.shape[-1], dtype=query.dtype, device=query.device)


def _apply(self, fn, recurse=True):
    """As ``nn.Module._apply``, with parameters replaced: fake ones can't be swapped in place."""
    if recurse:
        for child in self.children():
            child._apply(fn)
    for store in (self._parameters, self._buffers):
        for name, tensor in store.items():
            if tensor is not None:
                new = fn(tensor)
                is_parameter = store is self._parameters
                store[name] = torch.nn.Parameter(new, False) if is_parameter else new
    return self


class FakeCard:
    """The card, inside ``fake_card()``."""

    def __init__(self, watch, patches):
        self._watch, self._patches = watch, patches

    @property
    def live(self):
        """Bytes on the card now."""
        gc.collect()
        return self._watch.live

    @property
    def operations(self):
        """How often each operation gave a tensor on the card."""
        return self._watch.operations

    @contextmanager
    def peak(self):
        """Gives a list that holds the most bytes on the card within the block, once it ended."""
        gc.collect()
        self._watch.peak = self._watch.live
        found = []
        yield found
        found.append(self._watch.peak)

    def module(self, make, dtype, device="cpu"):
        """A network with parameters that are empty; ``make`` builds it."""
        from diffusers.utils import logging

        logging.set_verbosity_error()
        self._patches.close()
        with _disable_current_modes(), torch.device("meta"):
            built = make()
        self._patches.enter_context(_patched())
        same = {}  # embeddings that are tied stay one
        for part in built.modules():
            for store in (part._parameters, part._buffers):
                for name, old in store.items():
                    if old is None:
                        continue
                    kind = dtype if old.is_floating_point() else old.dtype
                    new = torch.empty(old.shape, dtype=kind, device=device)
                    is_parameter = store is part._parameters
                    new = torch.nn.Parameter(new, False) if is_parameter else new
                    store[name] = same.setdefault(id(old), (new, old))[0]
        return built.eval()


@contextmanager
def _patched():
    """What torch does in C++ with a guard that only a CUDA build has, and what needs values."""
    functional, tensor = torch.nn.functional, torch.Tensor
    with ExitStack() as stack:
        for owner, name, mine in (
            (tensor, "__getitem__", _item),
            (tensor, "__setitem__", _set_item),
            (tensor, "to", _to),
            (tensor, "contiguous", _contiguous),
            (functional, "scaled_dot_product_attention", _attention),
            *((functional, n, _checked(getattr(functional, n))) for n in ("conv2d", "linear")),
            (torch.nn.Module, "_apply", _apply),
            (torch.cuda, "empty_cache", lambda: None),
            # inference mode makes tensors that a fake mode can't take apart
            (torch, "inference_mode", _no_grad),
        ):
            stack.enter_context(mock.patch.object(owner, name, mine))
        yield


@contextmanager
def fake_card():
    """Everything made in the block is fake; ``cuda`` is a device."""
    torch._C._ensureCUDADeviceGuardSet()
    fake, watch = FakeTensorMode(allow_non_fake_inputs=True), _Watch()
    with ExitStack() as patches, torch.no_grad(), fake, watch:
        patches.enter_context(_patched())
        yield FakeCard(watch, patches)
