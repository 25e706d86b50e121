# make lab    sets everything up and runs the main job: LeNet-5 on real handwritten digits, its page on one that it
#             gets wrong, and on a terminal the lab
# make test   sets everything up and passes the tests
# make check  formatter, linter, types;  make bench  measures;  make test-slow  the longer proofs
# make generations  ImageNet's road in miniature, with five seeds: an hour
# On Linux without a GPU:  make lab TORCH_INDEX=https://download.pytorch.org/whl/cpu
PYTHON ?= python3
TORCH_INDEX ?=
BIN := .venv/bin
READY := .venv/ready
RUN := runs/lab-$(shell date +%Y%m%d-%H%M%S)

.PHONY: lab test test-slow check bench generations
lab: $(READY)
	@mkdir -p $(RUN); d=mnist; $(BIN)/locality data $$d --save $(RUN)/pictures || { d=digits; echo "Going on with the embedded 8x8 digits instead."; $(BIN)/locality data $$d --save $(RUN)/pictures; }; \
	$(BIN)/locality train lenet5 --data $$d --out $(RUN) && $(BIN)/locality evaluate $(RUN) && $(BIN)/locality predict $(RUN) $(RUN)/pictures/*.png && \
	$(BIN)/locality page $(RUN) --mistake -o $(RUN)/page.html && { [ ! -t 1 ] || $(BIN)/locality lab $(RUN); }

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadscope

test-slow: $(READY)
	$(BIN)/pytest -m slow

check: $(READY)
	$(BIN)/ruff format --check && $(BIN)/ruff check && $(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/start_speed.py && $(BIN)/python benchmarks/train_speed.py && $(BIN)/python benchmarks/page_speed.py && \
	$(BIN)/python benchmarks/figures.py && $(BIN)/python benchmarks/import_speed.py && $(BIN)/python benchmarks/inference_speed.py && \
	$(BIN)/python benchmarks/ising_speed.py

generations: $(READY)
	$(BIN)/locality generations --seeds 5 && $(BIN)/locality generations --permute

$(READY): pyproject.toml constraints.txt tests/packages.txt
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	$(BIN)/pip install --quiet -c constraints.txt -e . --group dev
	$(BIN)/pip install --quiet --no-deps -r tests/packages.txt && touch $@
