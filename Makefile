# Two commands do everything: `make demo` and `make test`. Each installs what it needs into .venv first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
BOOK := src/faultbook/_book/book.sqlite

.PHONY: help demo test check lint types layers docs book-lint links bench fuzz samba lab lab-matrix service browser lighthouse lock clean setup-run setup-dev

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

setup-run:
	@scripts/setup.sh run

setup-dev:
	@scripts/setup.sh dev

$(BOOK): $(shell find book -type f 2>/dev/null) $(wildcard src/faultbook/book/*.py src/faultbook/model.py src/faultbook/diagnose/page_style.py) $(shell find src/faultbook/site src/faultbook/recognise -type f -not -name "*.pyc")
	@$(BIN)/faultbook book build --quiet

demo: setup-run $(BOOK) ## install, then diagnose the bundled case from its exported evidence
	@$(BIN)/faultbook diagnose examples/password-change/error.txt --evidence examples/password-change/evidence

test: setup-dev $(BOOK) ## install, then run every test
	@$(BIN)/python -m pytest -q -n auto
	@echo "Not among these: make browser (the pages in a real browser), make samba (a real directory), make lab (a tenant in a box)."

check: lint types layers docs book-lint ## everything that CI checks besides the tests

lint: setup-dev ## ruff, spelling, unused dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/typos
	@$(BIN)/deptry src

types: setup-dev ## mypy --strict
	@$(BIN)/mypy

layers: setup-dev ## the direction of imports
	@$(BIN)/lint-imports --no-cache

docs: setup-dev $(BOOK) ## generated pages are current, links in the docs are alive
	@$(BIN)/python scripts/probes_page.py --check
	@$(BIN)/python scripts/dead_links.py
	@$(BIN)/cog --check README.md docs/cli.md docs/deployment.md docs/evidence.md

book-lint: setup-dev $(BOOK) ## the book's own rules, and the score of the closed cases
	@$(BIN)/faultbook book lint
	@$(BIN)/faultbook book score

bench: setup-dev $(BOOK) ## ratios against the best peer, minutes
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

fuzz: setup-dev $(BOOK) ## the recogniser, the readers and the API, long
	@FAULTBOOK_FUZZ=long $(BIN)/python -m pytest -q -n auto -k "fuzz or hostile or properties or twice or agree or mixture"
	@FAULTBOOK_FUZZ=long $(BIN)/python -m pytest -q -m slow -k fuzzer tests/web

samba: setup-dev ## judge the access check against a real directory, installed if need be
	@scripts/samba.sh
	@FAULTBOOK_SAMBA=required $(BIN)/python -m pytest -q -m slow -W ignore::DeprecationWarning tests/samba

lab: setup-dev $(BOOK) ## the tenant in a box, whole, installed if need be
	@scripts/samba.sh
	@scripts/service.sh
	@FAULTBOOK_LAB_TESTS=required $(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow -W ignore::DeprecationWarning tests/lab

lab-matrix: setup-dev $(BOOK) ## every fault with every grant taken away in turn, half an hour; writes docs/lab-matrix.md
	@scripts/samba.sh
	@scripts/service.sh
	@$(BIN)/faultbook lab install
	@$(BIN)/faultbook lab up --folder .lab
	@$(BIN)/python -W ignore -m faultbook_lab.matrix --folder .lab --write docs/lab-matrix.md; done=$$?; $(BIN)/faultbook lab down --folder .lab; exit $$done

service: setup-dev $(BOOK) ## the service under load, abuse and a real OpenID provider, installed if need be
	@scripts/service.sh
	@$(BIN)/python -m pytest -q -n auto -m slow tests/web

browser: setup-dev $(BOOK) ## walk the pages in a real browser, installed if need be
	@scripts/browser.sh
	@FAULTBOOK_BROWSER=$${CI:+required} $(BIN)/python -m pytest -q -m browser tests/browser

lighthouse: setup-dev $(BOOK) ## Lighthouse over every kind of page, minutes
	@scripts/browser.sh
	@FAULTBOOK_BROWSER=required FAULTBOOK_LIGHTHOUSE=long $(BIN)/python -m pytest -q -m browser tests/browser/test_lighthouse.py

lock: ## compile the locked requirements anew (needs uv)
	@for what in run dev; do \
	  extra="--group build"; [ $$what = dev ] && extra="--group dev --extra lab"; \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra all $$extra pyproject.toml -o requirements/$$what.txt || exit 1; \
	done

clean: ## remove what was built
	@rm -rf .venv dist src/faultbook/_book .mypy_cache .ruff_cache .pytest_cache .hypothesis
