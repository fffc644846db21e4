# Two commands do everything on a fresh machine: `make site` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help install site serve test test-gpu check demos bench bench-methods lock clean
CATALOG := .venv/bin/catalog
PYTHON_HERE := .venv/bin/python

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

install: .venv/test-ready ## everything that the other commands need, PyTorch included, and nothing else

site: .venv/site-ready ## install, check the records, render the lists, build the site
	$(CATALOG) build

serve: .venv/site-ready ## install, build the site, open it on 127.0.0.1, follow changes, name the records' errors
	$(CATALOG) serve --open

check: .venv/site-ready ## check every record
	$(CATALOG) check

# Where Python may not keep what it compiles, every worker and every command that a test starts compiles it anew.
test: .venv/test-ready ## install and run everything: lint, types, unit, property and browser tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(CATALOG) check
	PYTHONDONTWRITEBYTECODE= .venv/bin/pytest -n auto --dist worksteal

test-gpu: .venv/test-ready ## the reference implementations on a GPU; keeps the result
	$(PYTHON_HERE) tools/test_gpu.py

demos: .venv/test-ready ## run every reference implementation's demo; renews what the site shows of them
	$(PYTHON_HERE) -m reference_impls demos
	.venv/bin/pytest -q -n 0 -p tests.reference_impls.golden_results tests/reference_impls/test_golden_*.py

bench: .venv/test-ready ## speed and size against the goals, as a table
	$(PYTHON_HERE) tools/bench.py
	$(PYTHON_HERE) tools/bench_exports.py

bench-methods: .venv/test-ready ## each method's core at its paper's sizes, beside the plainest PyTorch
	$(PYTHON_HERE) tools/bench_methods.py

lock: .venv/test-ready ## renew constraints.txt
	tools/lock.sh

clean: ## delete what was built and installed
	rm -rf .venv .cache site

.venv/site-ready: pyproject.toml constraints.txt tools/install.sh
	tools/install.sh site

.venv/test-ready: pyproject.toml constraints.txt tools/install.sh tools/install_browser.sh tools/install_reference.sh
	tools/install.sh test
	tools/install_browser.sh
	tools/install_reference.sh
