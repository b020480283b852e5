"""Licences: from the card, the file, the catalogue; recorded in the print and told on paper."""

import shutil

import pytest
import torch
from safetensors.torch import save_file

from edition import paths
from edition.diffusion import model_licence
from edition.diffusion.resolve import find
from edition.recipe.recipe import Lora, ModelRef

CARDS = {
    "---\nlicense: apache-2.0\n---\n# A": "apache-2.0",
    "---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\n---\n": (
        "flux-1-dev-non-commercial-license"
    ),
    "---\r\ntags: [a]\r\nlicense: 'openrail++'\r\n---\r\n": "openrail++",
    "\ufeff---\nlicense: mit # see LICENSE\n---": "mit",
    "---\nlicense: other\n---\n": "other",
    "# no front matter\nlicense: mit\n": "",
    "---\nlanguage: en\n---\n": "",
    "": "",
}


@pytest.mark.parametrize(("card", "licence"), CARDS.items())
def test_a_card_is_read(tmp_path, card, licence):
    (tmp_path / "README.md").write_bytes(card.encode())
    assert model_licence.of_card(tmp_path / "README.md") == licence


def test_card_before_catalogue_and_unknown_is_said(tmp_path):
    assert model_licence.of_model(find(ModelRef())) == "Apache-2.0"
    copy = shutil.copytree(paths.pocket_folder(), tmp_path / "model")
    (copy / "README.md").unlink()
    assert model_licence.of_model(find(ModelRef(base=str(copy)))) == "unknown"
    (copy / "README.md").write_text("---\nlicense: some-nc\n---\n")
    assert model_licence.of_model(find(ModelRef(base=str(copy)))) == "some-nc"


def test_an_adapter_states_its_own(tmp_path):
    tensors = {"x": torch.zeros(1)}
    save_file(tensors, tmp_path / "a.safetensors", {"modelspec.license": "CC-BY-NC-4.0"})
    save_file(tensors, tmp_path / "b.safetensors")
    loras = tuple(Lora(file=str(tmp_path / f"{n}.safetensors")) for n in "ab")
    found = find(ModelRef(loras=loras))
    assert model_licence.of_model(found) == "Apache-2.0 + CC-BY-NC-4.0 + unknown"
