# make demo   set up, curate real code, notebooks, commits and events, print the funnel; train a small model on it
# make test   set up, run every test
# make check  set up, run every gate: format, lint (with documented raises), types
# make coverage  as `make test`, but slower: with the share of lines that the tests run, which has a floor

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test coverage check format clean

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

DEMO_WHEELS := django==5.0.6 ansible-core==2.16.6 sphinx==7.3.7 pybind11==2.12.0 bokeh==3.4.1 juliacall==0.9.20

runs/demo-input: | $(READY)
	rm -rf $@.part
	$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: -d $@.part $(DEMO_WHEELS)
	mv $@.part $@

DEMO_SDISTS := jupytext==1.19.1 nbformat==5.10.4 seaborn==0.13.2 nbconvert==7.16.6 papermill==2.6.0

runs/demo-notebooks: | $(READY)
	rm -rf $@.part
	$(BIN)/python tests/support/sdists.py $@.part $(DEMO_SDISTS)
	mv $@.part $@

runs/demo-history: | $(READY)
	rm -rf $@.part
	$(BIN)/python tests/support/history.py $@.part --commits 1000
	mv $@.part $@

runs/demo-events: | $(READY)
	rm -rf $@.part
	$(BIN)/python tests/support/github_archive.py $@.part --threads 500
	mv $@.part $@

demo: runs/demo-input runs/demo-notebooks runs/demo-history runs/demo-events
	$(BIN)/curation run configs/curate/demo.yaml
	$(BIN)/training run configs/train/smoke.yaml
	$(BIN)/training run configs/train/smoke-lora.yaml
	test -e runs/train/merged || $(BIN)/training merge runs/train/smoke-lora/final --out runs/train/merged
	$(BIN)/training generate runs/train/merged --prompt 'def size(path):<FILL>' --max-new-tokens 24

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=10

coverage: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov=curation --cov=training --cov-report=term

check: $(READY)
	$(BIN)/ruff format --check curation training tests
	$(BIN)/ruff check curation training tests
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format curation training tests
	$(BIN)/ruff check --fix curation training tests

clean:
	rm -rf runs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
