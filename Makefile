# Everything a person types: make run, make test, make check. Needs Python 3.11 or newer and nothing else.

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
EXTRACT := PYTHONPATH=. $(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keywords lazy_gettext --no-location \
	--sort-output --project Udgam --copyright-holder Udgam

# Two at once where each has a SQLite database of its own; a build server has given its cores away already.
TEST := $(BIN)/python -m pytest $(if $(TEST_DATABASE_URL)$(CI),,--numprocesses 2 --dist loadfile)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench desk-agent docs lock tools translations clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.libraries $(CATALOGUES) ## start Udgam at http://127.0.0.1:8080 (PORT, UDGAM_HOME, DATABASE_URL, REDIS_URL)
	@exec $(BIN)/python run.py

test: $(VENV)/.tools $(CATALOGUES) ## the whole test suite (TEST_DATABASE_URL, TEST_REDIS_URL for the real servers)
	@exec $(TEST)

check: $(VENV)/.tools $(CATALOGUES) ## style, types, folder order and translations, then the tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo 'Some files are not formatted: run "$(BIN)/ruff format .".'; exit 1; }
	@$(BIN)/python -m mypy --no-error-summary
	@told=$$($(BIN)/lint-imports --no-cache) || { echo "$$told"; exit 1; }
	@test -z '$(CATALOGUES)' || { pot=$$(mktemp) && $(EXTRACT) --output-file "$$pot" app \
		&& $(BIN)/pybabel --quiet update --check --ignore-pot-creation-date --no-fuzzy-matching \
			--input-file "$$pot" --output-dir translations 2>/dev/null; code=$$?; rm -f "$$pot"; test $$code -eq 0 \
		|| { echo 'Texts were changed without their translations: run "make translations".'; exit 1; }; }
	@exec $(TEST)

bench: $(VENV)/.tools $(CATALOGUES) ## measure; one JSON object a line
	@exec $(BIN)/python -m flask --app app udgam bench

tools: $(VENV)/.tools $(CATALOGUES) ## install what the checks need, and nothing more

desk-agent: $(VENV)/.libraries ## pack the desk agent for officers' computers into udgam-desk-agent.pyz
	@$(BIN)/python -m app.signing.agent_package

docs: $(VENV)/.libraries ## write docs/states.md anew from the tables of moves
	@$(BIN)/python -m flask --app app udgam states > docs/states.md.new && mv docs/states.md.new docs/states.md

lock: $(VENV)/.tools ## pin every library anew from requirements.in and requirements-dev.in
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-emit-index-url \
			--no-emit-find-links $$name.in -o $$name.txt || exit 1; \
	done

translations: $(VENV)/.tools ## collect the texts to translate and compile what is translated
	@$(EXTRACT) --output-file translations/messages.pot app
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --input-file translations/messages.pot --output-dir translations
	@$(BIN)/pybabel compile --statistics --directory translations

clean: ## remove what can be made again (not var/, where the data is)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage $(CATALOGUES)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

%.mo: %.po | $(VENV)/.libraries
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# The stamps: libraries are installed only when their list has changed.
$(VENV)/.libraries: requirements.txt | $(BIN)/pip
	@echo 'Installing the libraries; this takes a minute, once.'
	@$(PIP_INSTALL) --requirement $< \
		|| { echo 'The libraries could not be installed: see above; a package index must be reachable.'; exit 1; }
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.libraries
	@echo 'Installing the tools for tests and checks.'
	@$(PIP_INSTALL) --requirement $< \
		|| { echo 'The tools could not be installed: see above; a package index must be reachable.'; exit 1; }
	@touch $@

$(BIN)/pip:
	@python=; for name in python3.13 python3.12 python3.11 python3; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Udgam needs Python 3.11 or newer, and none was found: install it (Debian: apt-get install python3 python3-venv).'; \
		exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "This $$python cannot make a virtual environment: install its venv package (Debian: apt-get install python3-venv)."; \
		exit 1; \
	fi; \
	$$python -m venv --clear $(VENV) || { rm -rf $(VENV); echo 'The folder $(VENV) could not be made: see above.'; exit 1; }
