"""Opens a person's SUPIR and SDXL files and puts their tensors into the networks.

Files are memory-mapped and modules are made without storage, so that no more than one copy of
the weights ever exists. Every key is accounted for: what is missing, left over or of a wrong
shape is named as the file names it. diffusers' own converters are not used for the UNet and the
VAE: they match by substring, so that the second encoder of a SUPIR file leaks into the first
one's place, and they can't say what is missing; a test proves that the names agree with theirs.
"""

import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import Encoder
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from edition.errors import UpscaleError
from edition.upscale.supir_key_mapping import control_key, unet_key, vae_key
from edition.upscale.supir_net import SDXL, SupirArchitecture, SupirNet, make_vae

Tensors = dict[str, Tensor]
Shape = tuple[int, ...]

SDXL_PREFIXES = {
    "unet": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "text_l": "conditioner.embedders.0.transformer.",
    "text_g": "conditioner.embedders.1.model.",
}
SDXL_FOLDERS = {"unet": "unet", "vae": "vae", "text_l": "text_encoder", "text_g": "text_encoder_2"}
SUPIR_PREFIXES = {
    "control": r"(?:model\.)?control_model\.",
    "adapters": r"(?:(?:model\.)?diffusion_model\.)?project_modules\.",
    "denoise_encoder": r"(?:first_stage_model\.)?denoise_encoder\.",
}
ARCHITECTURE_FIELD = "edition.architecture"
STRAYS = re.compile(
    r"(.*\.)?(mask_LQ|position_ids|logit_scale)"
    r"|denoiser\.sigmas|model_ema\..*|global_step"
    r"|(betas|alphas|sqrt_|log_one_minus|posterior_|logvar).*"
)
"""Keys that such files carry and no network reads."""
SIGNS = (
    (r"(model\.)?control_model\.", "a SUPIR file"),
    (r"cond_stage_model\.transformer\.", "a Stable Diffusion 1.x checkpoint"),
    (r"cond_stage_model\.model\.", "a Stable Diffusion 2.x checkpoint"),
    (r"conditioner\.embedders\.0\.model\.", "an SDXL refiner"),
    (r"conditioner\.embedders\.1\.model\.", "an SDXL checkpoint"),
    (r".*lora_(up|down|A|B)", "a low-rank adapter"),
    (r"(model\.diffusion_model\.)?double_blocks\.", "a Flux checkpoint"),
    (r"(.*\.)?blocks\.0\.attn\.proj_qkv\.", "a SeedVR2 transformer"),
    (r"decoder\.up_blocks\.0\.upsamplers\.0\.upscale_conv\.", "a SeedVR2 autoencoder"),
    (r"(encoder|decoder)\.", "an autoencoder alone"),
)
"""What a key shows about its file, the surest first."""
NAMED = 4
"""How many keys an error names."""
SUPIR_HINT = "Use SUPIR-v0Q or v0F with an SDXL base checkpoint: see docs/supir.md."


def open_tensors(file: Path, judge: Callable[[list[str]], None] | None = None) -> Tensors:
    """Maps a weight file into memory.

    Args:
        file: ``.safetensors``, or a PyTorch checkpoint, perhaps wrapped in ``state_dict``.
        judge: called with the keys before any tensor is touched; may raise. Mapping lets the system
            read ahead, which takes seconds for a file that is of no use.

    Raises:
        UpscaleError: there is no such file, it is broken, or it holds more than tensors.
    """
    if not file.is_file():
        raise UpscaleError(f"There is no weight file {file}.", hint="Check the [upscale] table.")
    try:
        if file.suffix.lower() == ".safetensors":
            with safe_open(file, framework="pt") as opened:
                keys = list(opened.keys())
                if judge:
                    judge(keys)
                return {key: opened.get_tensor(key) for key in keys}
        if not zipfile.is_zipfile(file):
            raise UpscaleError(
                f"{file} is cut short, or not a PyTorch checkpoint of version 1.6 or later.",
                hint="Download it again, or save it as .safetensors.",
            )
        loaded = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise UpscaleError(
            f"{file} holds more than tensors, and was not opened: it could run code.",
            hint="Use a .safetensors file, or a checkpoint that holds weights only.",
        ) from error
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise UpscaleError(
            f"{file} can't be read: {str(error).splitlines()[0] if str(error) else error!r}.",
            hint="It may be cut short: compare its size with the source's, and download it again.",
        ) from error
    tensors = _unwrapped(file, loaded)
    if judge:
        judge(list(tensors))
    return tensors


def _unwrapped(file: Path, loaded: object) -> Tensors:
    """The tensors of a checkpoint; one that is a single tensor calls it ``tensor``."""
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if isinstance(loaded, Tensor):
        loaded = {"tensor": loaded}
    if not isinstance(loaded, dict):
        raise UpscaleError(f"{file} holds a {type(loaded).__name__}, not a table of weights.")
    return {str(key): value for key, value in loaded.items() if isinstance(value, Tensor)}


def architecture_of(file: Path) -> SupirArchitecture:
    """The widths and depths that a SUPIR file states of itself; SDXL's where it states none.

    The published files state none. Small ones made by this package carry theirs as JSON in the
    header of their ``.safetensors``.

    Raises:
        UpscaleError: the statement can't be used.
    """
    if not file.is_file() or file.suffix.lower() != ".safetensors":
        return SDXL
    try:
        with safe_open(file, framework="pt") as opened:
            stated = (opened.metadata() or {}).get(ARCHITECTURE_FIELD)
        return SDXL if stated is None else SupirArchitecture.from_json(stated)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UpscaleError(
            f"{file} can't be read: {error!r}.", hint="Download or make it again."
        ) from error


@dataclass(frozen=True, slots=True)
class NetworkTensors:
    """The tensors of one network, under the names that the file gives them."""

    file: Path
    tensors: Mapping[str, Tensor] = field(repr=False)
    prefix: str = ""
    """What the file puts before each name."""
    theirs: bool = True
    """The file uses the published names; else diffusers'."""
    hint: str = SUPIR_HINT
    """What to do where it does not fit."""

    def shown(self, key: str) -> str:
        """A key as the file has it."""
        return self.prefix + key


def sort_keys(
    file: Path, tensors: Tensors, patterns: Mapping[str, str]
) -> dict[str, NetworkTensors]:
    """Sorts a file's keys by the network they belong to.

    Args:
        file: for the errors.
        tensors: the file's.
        patterns: name of a network to the pattern of its prefix.

    Raises:
        UpscaleError: keys are left over, or a network has none.
    """
    sorted_: dict[str, Tensors] = {name: {} for name in patterns}
    prefixes: dict[str, str] = {}
    surplus = []
    for key, tensor in tensors.items():
        if STRAYS.fullmatch(key):
            continue
        for name, pattern in patterns.items():
            found = re.match(pattern, key)
            if found:
                sorted_[name][key[found.end() :]] = tensor
                prefixes[name] = found[0]
                break
        else:
            surplus.append(key)
    complain(file, list(tensors), [f"{key} is not known" for key in surplus])
    return {
        name: NetworkTensors(file, part, prefixes.get(name, "")) for name, part in sorted_.items()
    }


def open_supir(file: Path) -> dict[str, NetworkTensors]:
    """A SUPIR file's networks: ``control``, ``adapters`` and ``denoise_encoder``.

    Raises:
        UpscaleError: it can't be read, or is another kind of file.
    """

    def judge(keys: list[str]) -> None:
        if not any(re.match(SUPIR_PREFIXES["control"], key) for key in keys):
            raise UpscaleError(
                f"{file} is not a SUPIR file{looks_like(keys)}: it has no control network.",
                hint="Set supir_file to SUPIR-v0Q or v0F.",
            )

    return sort_keys(file, open_tensors(file, judge), SUPIR_PREFIXES)


def open_sdxl(place: Path) -> dict[str, NetworkTensors]:
    """An SDXL checkpoint's networks: ``unet``, ``vae``, ``text_l`` and ``text_g``.

    Args:
        place: one file, or a diffusers folder.

    Raises:
        UpscaleError: it can't be read, or is another kind of file.
    """
    if place.is_dir():
        return {name: _open_folder(place / sub) for name, sub in SDXL_FOLDERS.items()}

    def judge(keys: list[str]) -> None:
        refines = any(key.startswith("conditioner.embedders.0.model.") for key in keys)
        if f"{SDXL_PREFIXES['unet']}label_emb.0.0.weight" not in keys or refines:
            raise UpscaleError(
                f"{place} is not an SDXL checkpoint{looks_like(keys)}.",
                hint="Set sdxl_file to an SDXL base checkpoint or a fine-tune of it.",
            )

    patterns = {name: re.escape(prefix) for name, prefix in SDXL_PREFIXES.items()}
    return sort_keys(place, open_tensors(place, judge), patterns)


def _open_folder(folder: Path) -> NetworkTensors:
    """A component of a diffusers folder; whole precision before ``fp16``, shards together."""
    files = sorted(folder.glob("*.safetensors"))
    whole = [file for file in files if ".fp16" not in file.name]
    files = whole or files
    if not files:
        raise UpscaleError(
            f"{folder} holds no .safetensors file.",
            hint="Set sdxl_file to one SDXL .safetensors file or a whole diffusers folder.",
        )
    tensors: Tensors = {}
    for file in files:
        tensors.update(open_tensors(file))
    tensors = {key: t for key, t in tensors.items() if not STRAYS.fullmatch(key)}
    return NetworkTensors(folder, tensors, theirs=False)


def as_matrix(_: str, tensor: Tensor, wanted: Shape) -> Tensor:
    """Makes a matrix of a 1x1 convolution where diffusers has one."""
    if tensor.ndim == 4 and len(wanted) == 2 and tensor.shape[2:] == (1, 1):
        return tensor[:, :, 0, 0]
    return tensor


def fill(
    module: nn.Module,
    part: NetworkTensors,
    key_of: Callable[[str], str] = str,
    convert: Callable[[str, Tensor, Shape], Tensor] = as_matrix,
) -> None:
    """Gives a module its parameters; they stay where the file is mapped.

    Args:
        module: made without storage.
        part: where its tensors are.
        key_of: the part's name for a parameter of the module.
        convert: makes of a file's tensor what the parameter of a name and shape takes; one that
            it can't use it returns as it is.

    Raises:
        UpscaleError: a tensor is missing, left over, or of a wrong shape.
    """
    faults, found, used = [], {}, set()
    for name, wanted in module.state_dict().items():
        key = key_of(name) if part.theirs else name
        tensor = part.tensors.get(key)
        if tensor is None:
            faults.append(f"{part.shown(key)} {list(wanted.shape)} is missing")
            continue
        used.add(key)
        tensor = convert(name, tensor, tuple(wanted.shape))
        if tensor.shape != wanted.shape:
            faults.append(
                f"{part.shown(key)} is {list(tensor.shape)} instead of {list(wanted.shape)}"
            )
        found[name] = tensor
    faults += [f"{part.shown(key)} is not known" for key in part.tensors if key not in used]
    complain(part.file, [part.shown(key) for key in part.tensors], faults, part.hint)
    module.load_state_dict(found, strict=True, assign=True)
    module.requires_grad_(False).eval()


def load_net(
    supir: Mapping[str, NetworkTensors], unet: NetworkTensors, arch: SupirArchitecture = SDXL
) -> SupirNet:
    """The control network, the adapters and the UNet, still mapped from their files.

    Args:
        supir: from open_supir.
        unet: of an SDXL checkpoint.
        arch: widths and depths that the files must have.

    Raises:
        UpscaleError: a tensor is missing, left over, or of a wrong shape.
    """
    with torch.device("meta"):
        net = SupirNet(arch)
    fill(net.control, supir["control"], lambda name: control_key(name, arch.layers))
    fill(net.project_modules, supir["adapters"])
    fill(net.unet, unet, lambda name: unet_key(name, arch.layers))
    return net


def load_vae(
    supir: Mapping[str, NetworkTensors], vae: NetworkTensors, arch: SupirArchitecture = SDXL
) -> tuple[AutoencoderKL, Encoder]:
    """The VAE, and the second encoder that reads damaged pictures.

    Args:
        supir: from open_supir.
        vae: of an SDXL checkpoint.
        arch: widths and depths that the files must have.

    Raises:
        UpscaleError: a tensor is missing, left over, or of a wrong shape.
    """
    levels = len(arch.vae_channels)
    with torch.device("meta"):
        model, second = make_vae(arch), make_vae(arch).encoder
    fill(model, vae, lambda name: vae_key(name, levels))
    # the name is completed so that ".conv_norm_out." is found at its start
    fill(
        second,
        supir["denoise_encoder"],
        lambda name: vae_key(f"encoder.{name}", levels).removeprefix("encoder."),
    )
    return model, second


def looks_like(keys: list[str]) -> str:
    """What kind of file has such keys: " but looks like ...", or nothing."""
    for pattern, kind in SIGNS:
        if any(re.match(pattern, key) for key in keys):
            return f" but looks like {kind}"
    return ""


def complain(file: Path, keys: list[str], faults: list[str], hint: str = SUPIR_HINT) -> None:
    """Names what is wrong with a file, the first few of it.

    Raises:
        UpscaleError: there are faults.
    """
    if not faults:
        return
    more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    raise UpscaleError(
        f"{file} does not fit{looks_like(keys)}: {'; '.join(faults[:NAMED])}{more}.",
        hint=hint,
    )
