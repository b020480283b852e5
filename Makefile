# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: run demo test docs site snap lint format types walls check bench pythons release-check clean

LOG    := $(VENV)/install.log

# pip warns of every folder in its own settings that lacks the package at hand: no fault of ours
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("edition needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'Step 1 of 2 failed: no virtual environment in $(VENV). On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'Installing the packages into $(VENV): minutes, the first time.'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	  --constraint constraints.txt --editable '.[dev]' >$(LOG) 2>&1; code=$$?; \
	sed '/Location .* is ignored/d' $(LOG) >&2; \
	test $$code -eq 0 || { echo 'Step 2 of 2 failed: pip could not install the packages; above is what it said. Mend that and run make again.' >&2; exit 1; }
	@touch $@

run: $(STAMP) ## open the terminal UI on editions/ and start rendering
	@if [ -t 1 ]; then $(BIN)/edition --library editions open --render pocket-dreams; \
	else echo 'make run needs a terminal; without one, make demo goes the whole road.'; fi

demo: $(STAMP) ## the whole road with no hands
	$(BIN)/edition --library editions demo

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

docs: $(STAMP) ## renew docs/recipe.md, docs/cli.md and docs/keys.md
	$(BIN)/python docs/generate.py
	$(BIN)/python -m tools.keys_page > docs/keys.md.part && mv docs/keys.md.part docs/keys.md

site: $(STAMP) ## build the pages of docs/ as a site in site/; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

snap: $(STAMP) ## renew the screen snapshots
	EDITION_SNAPSHOTS=update $(BIN)/python -m pytest tests/tui/test_snapshots.py tests/tui/test_wall_snapshots.py

format: $(STAMP)
	$(BIN)/ruff format src tests benchmarks tools
	$(BIN)/ruff check --fix src tests benchmarks tools

lint: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks tools
	$(BIN)/ruff check src tests benchmarks tools

types: $(STAMP)
	$(BIN)/mypy

walls: $(STAMP)
	$(BIN)/lint-imports

check: lint types walls test

bench: $(STAMP)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

pythons: $(STAMP) ## the wheel in a clean environment of each Python that is here; gigabytes
	$(BIN)/python -m tools.other_pythons

release-check: check pythons ## what a release needs besides: long campaigns, the page of licences
	$(BIN)/python -m tools.campaigns.kill_points
	$(BIN)/python -m tools.campaigns.kill_all
	$(BIN)/python -m tools.campaigns.kill_workers
	$(BIN)/python -m tools.campaigns.adopt_folder
	$(BIN)/python -m tools.campaigns.power_cuts
	$(BIN)/python -m tools.campaigns.bad_disks
	$(BIN)/python -m tools.campaigns.two_of_everything
	$(BIN)/python -m tools.campaigns.week_at_the_press
	$(BIN)/python -m tools.campaigns.fuzz
	$(BIN)/python -m tools.package_licences > docs/licences.md.part && mv docs/licences.md.part docs/licences.md

clean:
	rm -rf $(VENV)
