"""Workflows, forms and the citation file: of the right shape, safe, and in step with what they call.

``zizmor`` looks for what attackers use; no finding is ignored, and no file says that one should be.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from typer.main import get_command

from catalog.bibtex import parse_entry
from catalog.checks.earlier import BASE
from catalog.checks.workflows import FOLLOWERS
from catalog.cli.commands import app
from catalog.config import Config
from catalog.github.forms import FOLDER, Form, load_forms
from catalog.github.publishing import RENDERED
from catalog.github.pull_request import CHECKS
from tests.conftest import REPOSITORY

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PROGRAMS = Path(sysconfig.get_path("scripts"))
SHAPES = {
    "vendor.github-workflows": WORKFLOWS,
    "custom.github-workflows-require-timeout": WORKFLOWS,
    "vendor.github-issue-forms": [
        path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"
    ],
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.citation-file-format": [REPOSITORY / "CITATION.cff"],
}


def content_of(path: Path) -> dict[str, Any]:
    """The file's content; BaseLoader, because to YAML the key ``on`` is a truth value."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in content_of(path)["jobs"].items():
            yield f"{path.stem}:{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        for number, step in enumerate(job["steps"], 1):
            yield f"{name}:{number}", step


JOBS = dict(jobs())
STEPS = dict(steps())


def program(name: str, *arguments: str) -> str:
    done = subprocess.run([PROGRAMS / name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# ------------------------------------------------------------------------------------- shape and safety


@pytest.mark.parametrize("schema", SHAPES)
def test_files_have_the_shape_that_their_readers_expect(schema: str) -> None:
    assert SHAPES[schema]
    program("check-jsonschema", "--builtin-schema", schema, *map(str, SHAPES[schema]))


def test_zizmor_finds_nothing_even_where_it_is_pedantic() -> None:
    said = program("zizmor", "--offline", "--no-config", "--pedantic", "--no-progress", str(GITHUB))
    assert "No findings to report" in said


def test_nothing_tells_zizmor_to_look_away() -> None:
    files = [path for path in GITHUB.rglob("*") if path.is_file()]
    assert not [
        path for path in files if "zizmor" in path.name or "zizmor:" in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_grants_nothing_by_itself_and_runs_one_at_a_time(path: Path) -> None:
    content = content_of(path)
    assert content["permissions"] == {}
    assert content["concurrency"]["group"]
    assert not {"pull_request_target", "workflow_run"} & set(content["on"])


@pytest.mark.parametrize("name", JOBS)
def test_a_job_names_its_permissions_and_its_limit(name: str) -> None:
    assert JOBS[name]["permissions"]
    assert int(JOBS[name]["timeout-minutes"]) <= 180


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_pinned_and_holds_no_expression_in_its_script(name: str) -> None:
    step = STEPS[name]
    assert "${{" not in step.get("run", "")
    if "uses" in step:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
    if step.get("uses", "").startswith("actions/checkout@"):
        assert step["with"]["persist-credentials"] == "false"


def test_a_pinned_hash_says_its_version_and_is_the_same_everywhere() -> None:
    found: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                match = re.fullmatch(r"\s*(?:- )?uses: (\S+)@(\S+ # v\d+\.\d+\.\d+)", line)
                assert match, line
                found.setdefault(match[1], set()).add(match[2])
    assert all(len(pins) == 1 for pins in found.values()), found


def test_no_secret_but_the_workflow_s_own_token_is_used() -> None:
    for path in WORKFLOWS:
        assert "secrets" not in path.read_text(encoding="utf-8"), path


def test_what_reads_a_stranger_s_text_may_write_nothing() -> None:
    assert JOBS["forms:read"]["permissions"] == {"contents": "read"}
    assert (
        JOBS["checks:records"]["permissions"] == JOBS["checks:tests"]["permissions"] == {"contents": "read"}
    )
    for step in JOBS["forms:answer"]["steps"]:
        assert "github form" not in step.get("run", "")


def test_the_machine_with_a_gpu_runs_what_was_approved_and_started_by_hand() -> None:
    assert set(content_of(GITHUB / "workflows" / "gpu.yml")["on"]) == {"workflow_dispatch"}
    assert JOBS["gpu:gpu"]["environment"] == "gpu"
    assert [name for name, job in JOBS.items() if "self-hosted" in job["runs-on"]] == ["gpu:gpu"]


# --------------------------------------------------------------------------- in step with the rest


def evaluated(expression: str, **contexts: dict[str, Any]) -> object:
    """What GitHub makes of an *expression* of names, texts, comparisons, ``format`` and ``contains``."""
    python = re.sub(r"^\s*\$\{\{|\}\}\s*$", "", expression).replace("||", " or ").replace("&&", " and ")
    python = re.sub(r"\.outputs\.([\w-]+)", r".outputs['\1']", python)
    names = {name: SimpleNamespace(**values) for name, values in contexts.items()}
    functions = {
        "format": lambda text, *values: text.format(*values),
        "contains": lambda text, part: part in text,
    }
    return eval(python.strip(), {**functions, **names})


def test_what_follows_the_main_branch_names_the_one_that_the_catalogue_names() -> None:
    branch = Config.load(REPOSITORY / "papers" / "catalogue.yaml").branch
    for file in FOLLOWERS:
        assert content_of(REPOSITORY / file)["on"]["push"]["branches"] == [branch]
    assert JOBS["publish:lists"]["if"] == f"github.ref == 'refs/heads/{branch}'"


def test_tests_run_from_the_oldest_supported_python_on() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = JOBS["checks:tests"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={versions[0]}"
    assert versions == [f"3.{minor}" for minor in range(11, 15)]


def test_whose_commits_a_form_s_branch_has_is_told_from_the_whole_history() -> None:
    (checkout,) = (
        step for step in JOBS["forms:answer"]["steps"] if "actions/checkout@" in step.get("uses", "")
    )
    assert checkout["with"]["fetch-depth"] == "0"


def is_answered(body: str, root: Path) -> bool:
    """Whether an open issue with this *body*, read in the folder *root*, gets to the job that answers."""
    job, event = JOBS["forms:read"], {"issue": {"number": 5, "body": body, "state": "open"}}
    issue = SimpleNamespace(**event["issue"])
    if not evaluated(job["if"], github={"event": SimpleNamespace(issue=issue)}):
        return False
    (root / "event.json").write_text(json.dumps(event), encoding="utf-8")
    (root / ".venv").mkdir()
    (root / ".venv" / "bin").symlink_to(PROGRAMS)
    (root / "output").touch()
    said = {"GITHUB_EVENT_PATH": str(root / "event.json"), "GITHUB_OUTPUT": str(root / "output")}
    made, kept = job["steps"][-2:]
    subprocess.run(["bash", "-e", "-c", made["run"]], cwd=root, env={**os.environ, **said}, check=True)
    outputs = dict(row.split("=") for row in (root / "output").read_text(encoding="utf-8").splitlines())
    step = SimpleNamespace(outputs=defaultdict(str, outputs))
    keeps = evaluated(kept["if"], steps={made["id"]: step})
    assert keeps == (root / "outcome").is_dir(), "an artifact without files fails the job"
    given = {name: evaluated(text, steps={made["id"]: step}) for name, text in job["outputs"].items()}
    return bool(evaluated(JOBS["forms:answer"]["if"], needs={"read": SimpleNamespace(outputs=given)}))


@pytest.mark.parametrize("form", load_forms(REPOSITORY), ids=lambda form: form.name)
@pytest.mark.parametrize("before", ["", "\n"])
def test_a_form_is_answered(mini: Path, form: Form, before: str) -> None:
    shutil.copytree(REPOSITORY / FOLDER, mini / FOLDER)
    answers = (f"### {label}\n\n_No response_" for label in form.labels.values())
    assert is_answered(before + "\n\n".join(answers), mini)


@pytest.mark.parametrize("beginning", ["### Which records are wrong?", "### Something else", "No form.", ""])
def test_an_issue_that_is_no_form_is_left_alone_and_no_failure(mini: Path, beginning: str) -> None:
    shutil.copytree(REPOSITORY / FOLDER, mini / FOLDER)
    assert not is_answered(f"{beginning}\n\nThe list says 915 and I count 914.\n", mini)


def test_every_command_that_a_workflow_runs_exists() -> None:
    scripts = "\n".join(step.get("run", "") for step in STEPS.values())
    commands = set(re.findall(r"\.venv/bin/catalog ((?:github )?[a-z-]+)", scripts))
    commands |= set(JOBS["upkeep:look"]["strategy"]["matrix"]["command"])
    assert {"check", "build", "github form", "github answer", "links", "refresh", "discover"} <= commands
    for command in commands:
        found: Any = get_command(app)
        for word in command.split():
            assert word in found.commands, command
            found = found.commands[word]
    matrix = JOBS["upkeep:look"]["strategy"]["matrix"]
    given = {each["command"]: each["options"] for each in matrix["include"]}
    for name in matrix["command"]:
        options = {option for each in get_command(app).commands[name].params for option in each.opts}
        assert {"--report", given.get(name, "--report")} <= options


def test_a_site_is_built_from_the_whole_history_since_pages_show_it() -> None:
    builds = [
        job for job in JOBS.values() if any("--only site" in step.get("run", "") for step in job["steps"])
    ]
    assert builds
    for job in builds:
        (checkout,) = (step for step in job["steps"] if "actions/checkout@" in step.get("uses", ""))
        assert checkout["with"]["fetch-depth"] == "0"


def test_a_preview_is_made_of_a_change_with_mistakes_too_and_leads_to_where_the_site_is_published() -> None:
    checked, rendered, kept = JOBS["checks:records"]["steps"][-3:]
    published = next(step for step in JOBS["publish:site"]["steps"] if "--only site" in step.get("run", ""))
    assert rendered["env"] == published["env"]
    for step in (rendered, kept):
        assert step["if"] == f"${{{{ !cancelled() && steps.{checked['id']}.outcome != 'skipped' }}}}"


def test_a_change_is_compared_with_what_it_is_meant_for() -> None:
    job = JOBS["checks:records"]
    assert job["env"] == {BASE: "HEAD^1"}
    (checkout,) = (step for step in job["steps"] if "actions/checkout@" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == "2"


@pytest.mark.parametrize(
    ("repository", "named", "variable", "address"),
    [
        ("papers", "null", "", "https://lab.github.io/papers/"),
        ("lab.github.io", "null", "", "https://lab.github.io/"),
        ("papers", "null", "https://papers.example.org/", "https://papers.example.org/"),
        ("papers", "https://papers.lab.org/", "", "https://papers.lab.org/"),
        ("lab.github.io", "https://papers.lab.org/", "", "https://papers.lab.org/"),
        ("papers", "https://papers.lab.org/", "https://papers.example.org/", "https://papers.example.org/"),
    ],
)
def test_the_site_is_built_for_the_address_that_the_catalogue_names_or_else_where_github_publishes_it(
    mini: Path, monkeypatch: pytest.MonkeyPatch, repository: str, named: str, variable: str, address: str
) -> None:
    config = mini / "papers" / "catalogue.yaml"
    config.write_text(re.sub(r"(?m)^base_url: .*", f"base_url: {named}", config.read_text(encoding="utf-8")))
    environments = [env for step in STEPS.values() if "CATALOG_BASE_URL" in (env := step.get("env", {}))]
    assert len(environments) == 2
    contexts: dict[str, dict[str, Any]] = {
        "vars": {"CATALOG_BASE_URL": variable},
        "github": {
            "server_url": "https://github.com",
            "repository": f"lab/{repository}",
            "repository_owner": "lab",
            "event": SimpleNamespace(repository=SimpleNamespace(name=repository)),
        },
    }
    for environment in environments:
        for name in ("CATALOG_BASE_URL", "CATALOG_DEFAULT_BASE_URL"):
            monkeypatch.setenv(name, str(evaluated(environment[name], **contexts)))
        assert Config.load(config).base_url == address


def test_what_upkeep_looks_at_is_what_it_tells_about() -> None:
    told = [each["command"] for each in JOBS["upkeep:tell"]["strategy"]["matrix"]["include"]]
    assert told == JOBS["upkeep:look"]["strategy"]["matrix"]["command"]


def upkeep(job: str, folder: Path, says: int | None, **environment: str) -> tuple[int, str]:
    """How the script of a *job* of upkeep ends, and what it asks of a ``catalog`` that exits with *says*.

    Where that is ``None``, the command is stopped before it has written its report.
    """
    asked = folder / "asked"
    asked.unlink(missing_ok=True)
    program = folder / ".venv" / "bin" / "catalog"
    program.parent.mkdir(parents=True, exist_ok=True)
    writes = 'for last; do :; done; echo "A report." > "$last"' if job == "look" and says is not None else ":"
    program.write_text(f'#!/bin/sh\necho "$*" >> {asked}\n{writes}\nexit {1 if says is None else says}\n')
    program.chmod(0o755)
    script = JOBS[f"upkeep:{job}"]["steps"][-2 if job == "look" else -1]["run"]
    given = {"PATH": os.environ["PATH"], "GITHUB_STEP_SUMMARY": str(folder / "summary"), **environment}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=given, capture_output=True, check=False
    )
    return done.returncode, asked.read_text(encoding="utf-8") if asked.exists() else ""


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (0, "github issue --title T --label L --report report/report.md --all-well\n"),
        (1, "github issue --title T --label L --report report/report.md\n"),
        (2, ""),
    ],
)
def test_an_issue_of_upkeep_stays_as_it_is_where_not_everything_was_learned(
    tmp_path: Path, says: int, told: str
) -> None:
    assert upkeep("look", tmp_path, says, COMMAND="refresh", OPTIONS="")[0] == 0
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "A report.\n"
    assert upkeep("tell", tmp_path, 0, LABEL="L", TITLE="T") == (0, told)


def test_a_command_of_upkeep_that_could_not_run_fails_its_job(tmp_path: Path) -> None:
    code, asked = upkeep("look", tmp_path, None, COMMAND="discover", OPTIONS="--newer-lists")
    assert code != 0
    assert asked == "discover --newer-lists --report report/report.md\n"


def test_the_workflow_that_forms_start_is_there_and_can_be_started() -> None:
    assert "workflow_dispatch" in content_of(GITHUB / "workflows" / CHECKS)["on"]


def test_a_pull_request_s_author_is_told_which_files_are_rendered() -> None:
    template = (GITHUB / "pull_request_template.md").read_text(encoding="utf-8")
    assert all(file in template for file in RENDERED)


def test_the_citation_file_says_what_the_catalogue_says_of_itself() -> None:
    citation = content_of(REPOSITORY / "CITATION.cff")
    entry = parse_entry(Config.load(REPOSITORY / "papers" / "catalogue.yaml").citation or "")
    assert citation["title"] == entry.title
    assert citation["authors"] == [{"name": entry.text("author").strip("{}")}]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert project["license"] in citation["license"]
